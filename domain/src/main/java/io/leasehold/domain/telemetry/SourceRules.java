package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one source. Where type and level decide, and nothing else does, the decision was
 * made beforehand. Immutable; safe for any thread.
 */
public final class SourceRules {
  private static final double TWO_TO_32 = 4_294_967_296.0;
  private static final MessageType[] TYPES = MessageType.values();
  private static final Level[] LEVELS = Level.values();

  private static final class Compiled {
    final Rule rule;
    final List<TagMatch.Compiled> tags;

    Compiled(Rule rule) {
      this.rule = rule;
      this.tags = rule.tags().stream().map(TagMatch.Compiled::new).toList();
    }
  }

  private final List<Compiled> rules;
  private final DropReason reason;

  /** By type and level; null where the content is asked too. */
  private final @Nullable Decision[][] decided;

  SourceRules(List<Rule> rules, DropReason reason) {
    this.rules =
        rules.stream().sorted(Comparator.comparingInt(Rule::priority)).map(Compiled::new).toList();
    this.reason = reason;
    this.decided = new @Nullable Decision[TYPES.length][LEVELS.length];
    for (MessageType type : TYPES) {
      for (Level level : LEVELS) {
        boolean plain =
            this.rules.stream()
                .allMatch(each -> !each.rule.takes(type, level) || each.rule.isPlain());
        if (plain) {
          decided[type.ordinal()][level.ordinal()] = decide(type, level, each -> true);
        }
      }
    }
  }

  private interface Content {
    boolean matches(Compiled rule);
  }

  private Decision decide(MessageType type, Level level, Content content) {
    List<Rule> taken = new ArrayList<>();
    Set<Integer> targets = new HashSet<>();
    for (Compiled each : rules) {
      Rule rule = each.rule;
      if (rule.takes(type, level) && !targets.contains(rule.target()) && content.matches(each)) {
        targets.add(rule.target());
        taken.add(rule);
      }
    }
    return taken.isEmpty() ? Decision.none(reasonFor(type)) : Decision.of(taken);
  }

  private DropReason reasonFor(MessageType type) {
    boolean heartbeat = type == MessageType.HEARTBEAT && reason == DropReason.FILTERED;
    return heartbeat ? DropReason.HEARTBEAT : reason;
  }

  /**
   * Where a message goes.
   *
   * @param message as it was just read from {@code line}
   * @param random a number of 0..1, asked for a message without a trace that is sampled
   */
  public Decision decide(MessageReader message, byte[] line, DoubleSupplier random) {
    MessageType type = message.type();
    Level level = message.level();
    Decision known = decided[type.ordinal()][level.ordinal()];
    return known != null
        ? known
        : decide(type, level, rule -> matches(rule, message, line, random));
  }

  private static boolean matches(
      Compiled rule, MessageReader message, byte[] line, DoubleSupplier random) {
    return sampled(rule.rule.sample(), message, random) && tagged(rule.tags, message, line);
  }

  private static boolean sampled(double share, MessageReader message, DoubleSupplier random) {
    if (share >= 1 || message.importance() == 3) {
      return true;
    }
    if (!message.isPresent(MessageReader.Field.TID)) {
      return random.getAsDouble() < share;
    }
    var crc = new CRC32C(); // the same choice for all of a trace, wherever it is made
    byte[] tid = message.text(MessageReader.Field.TID).getBytes(UTF_8);
    crc.update(tid, 0, tid.length);
    return crc.getValue() / TWO_TO_32 < share;
  }

  private static boolean tagged(List<TagMatch.Compiled> tags, MessageReader message, byte[] line) {
    if (tags.isEmpty()) {
      return true;
    }
    if (!message.isObject(MessageReader.Field.DATA)) {
      return false;
    }
    String holder = message.type() == MessageType.EVENT ? "ctx" : "tags";
    var found =
        Tags.of(
            line,
            message.from(MessageReader.Field.DATA),
            message.to(MessageReader.Field.DATA),
            holder);
    for (TagMatch.Compiled each : tags) {
      String value = found.get(each.key);
      if (value == null || !each.matches(value)) {
        return false;
      }
    }
    return true;
  }
}
