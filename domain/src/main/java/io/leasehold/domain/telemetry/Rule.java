package io.leasehold.domain.telemetry;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sends what matches to one target. Immutable.
 *
 * @param name its path in the file, for people
 * @param targetName of the target, for people
 * @param target its number in the configuration
 * @param enabled false also if the backend behind it is disabled
 * @param priority a target that several rules name gets one copy, by the one with the lowest number
 * @param types that match, already without those the backend does not take
 * @param minLevel events below it do not match
 * @param tags all must be there
 * @param sample 0..1, the share that matches
 * @param change what is done to the copy, null = nothing
 * @param importance replaces that of the message; -1 = it does not
 */
public record Rule(
    String name,
    String targetName,
    int target,
    boolean enabled,
    int priority,
    Set<MessageType> types,
    Level minLevel,
    List<TagMatch> tags,
    double sample,
    @Nullable Change change,
    int importance) {

  /** What a rule without a list of types takes. */
  public static final Set<MessageType> USUAL_TYPES =
      Set.copyOf(
          EnumSet.of(
              MessageType.EVENT,
              MessageType.METRIC,
              MessageType.PROGRESS,
              MessageType.RESOURCE,
              MessageType.SPAN));

  public Rule {
    types = Set.copyOf(types);
    tags = List.copyOf(tags);
  }

  /** Whether type and level alone decide. */
  boolean isPlain() {
    return tags.isEmpty() && sample >= 1;
  }

  /** Why {@link #takes} is false, in words; null if it is true. */
  @Nullable String refusal(MessageType type, Level level) {
    if (!enabled) {
      return "it or its backend is disabled";
    }
    if (!types.contains(type)) {
      String wanted =
          types.stream().sorted().map(MessageType::wire).collect(Collectors.joining(" "));
      return "type " + type.wire() + " is not among " + wanted;
    }
    return takes(type, level) ? null : "level " + level.wire() + " is below " + minLevel.wire();
  }

  boolean takes(MessageType type, Level level) {
    return enabled
        && types.contains(type)
        && (type != MessageType.EVENT || level.compareTo(minLevel) >= 0);
  }
}
