package io.leasehold.domain.telemetry;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which messages somebody wants to see as they come. Immutable; safe for any thread. */
public final class TapFilter {
  /** Characters of a source or a trace that is asked for. */
  public static final int MAX_TEXT = 256;

  private final TagMatch.@Nullable Compiled source;
  private final Set<MessageType> types;
  private final @Nullable Level minLevel;
  private final String trace;

  /**
   * All that is given must match.
   *
   * @param source {@code *} stands for any run of characters; empty = all
   * @param types empty = all
   * @param minLevel events below it are left out, other types are not; null = all
   * @param trace its {@code tid}; empty = all, also what has none
   * @throws IllegalArgumentException if a text has more than {@value #MAX_TEXT} characters
   */
  public TapFilter(String source, Set<MessageType> types, @Nullable Level minLevel, String trace) {
    if (source.length() > MAX_TEXT || trace.length() > MAX_TEXT) {
      throw new IllegalArgumentException("src and tid have at most " + MAX_TEXT + " characters");
    }
    this.source =
        source.isEmpty()
            ? null
            : new TagMatch.Compiled(new TagMatch("src", List.of(source.replaceAll("\\*+", "*"))));
    this.types = EnumSet.noneOf(MessageType.class);
    this.types.addAll(types);
    this.minLevel = minLevel;
    this.trace = trace;
  }

  /** Whether a message, as {@code reader} has just read it, is one of them. */
  public boolean matches(String from, MessageReader reader) {
    if (!types.isEmpty() && !types.contains(reader.type())) {
      return false;
    }
    if (minLevel != null
        && reader.type() == MessageType.EVENT
        && reader.level().compareTo(minLevel) < 0) {
      return false;
    }
    if (!trace.isEmpty()
        && !(reader.isPresent(MessageReader.Field.TID)
            && reader.text(MessageReader.Field.TID).equals(trace))) {
      return false;
    }
    return source == null || source.matches(from);
  }
}
