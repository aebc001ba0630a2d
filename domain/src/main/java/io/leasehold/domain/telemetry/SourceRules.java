package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

  /** The name of a target that a decision of these rules has. */
  String nameOf(int target) {
    for (Compiled each : rules) {
      if (each.rule.enabled() && each.rule.target() == target) {
        return each.rule.targetName();
      }
    }
    throw new IllegalArgumentException("target = " + target + ": no rule names it");
  }

  /** Names of the targets of those rules that ask for traces. */
  List<String> traceTargets() {
    return rules.stream()
        .map(each -> each.rule)
        .filter(rule -> rule.takes(MessageType.TRACE, Level.INFO))
        .map(Rule::targetName)
        .distinct()
        .toList();
  }

  /** What each rule says of a message, as {@link #decide} does if every random number is 0. */
  List<Explanation.Step> explain(MessageReader message, byte[] line) {
    List<Explanation.Step> steps = new ArrayList<>();
    Map<Integer, String> taken = new HashMap<>();
    for (Compiled each : rules) {
      Rule rule = each.rule;
      String whyNot = whyNot(each, message, line);
      String before = taken.get(rule.target());
      if (whyNot == null && before != null) {
        whyNot = "its target gets a copy by " + before;
      }
      boolean matched = whyNot == null;
      if (matched) {
        taken.put(rule.target(), rule.name());
      }
      String how = matched ? howMuch(rule.sample(), message) : whyNot;
      steps.add(
          new Explanation.Step(rule.name(), rule.targetName(), matched, how == null ? "" : how));
    }
    return steps;
  }

  private static @Nullable String whyNot(Compiled each, MessageReader message, byte[] line) {
    Rule rule = each.rule;
    String refusal = rule.refusal(message.type(), message.level());
    if (refusal != null) {
      return refusal;
    }
    if (!sampled(rule.sample(), message, () -> 0)) {
      return message.isPresent(MessageReader.Field.TID)
          ? "its trace is not in the share of " + rule.sample()
          : "its share is " + rule.sample();
    }
    for (TagMatch.Compiled tag : each.tags) {
      if (!tagged(List.of(tag), message, line)) {
        return "tag " + tag.key + " does not match";
      }
    }
    return null;
  }

  private static String howMuch(double share, MessageReader message) {
    boolean atRandom =
        share < 1 && message.importance() < 3 && !message.isPresent(MessageReader.Field.TID);
    return atRandom ? "at random for a share of " + share : "";
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
