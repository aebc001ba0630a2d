package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What would become of one line, and which rule says so. A rule that takes a share at random counts
 * as one that matches, so that the answer is the same each time. Immutable.
 *
 * @param rejected why the line is no message, null if it is one
 * @param source of the message, empty if it is none
 * @param type of the message, empty if it is none
 * @param rules every rule that was asked, by ascending priority
 * @param copies that are made
 * @param dropped why there is no copy of a message, null if there is one
 * @param trace what becomes of it for its trace, in words; empty if it has none
 */
public record Explanation(
    @Nullable DropReason rejected,
    String source,
    String type,
    List<Step> rules,
    List<Copy> copies,
    @Nullable DropReason dropped,
    String trace) {

  /**
   * What a rule says.
   *
   * @param rule its path in the file; of a chain the name of its target
   * @param target name of a backend or a chain
   * @param why it does not match, or how it does
   */
  public record Step(String rule, String target, boolean matched, String why) {}

  /**
   * A copy of the message.
   *
   * @param importance 0..3
   * @param message as the target gets it
   */
  public record Copy(String target, int importance, String message) {}

  public Explanation {
    rules = List.copyOf(rules);
    copies = List.copyOf(copies);
  }

  /**
   * Asks rules about a line.
   *
   * @param line without its line feed, of any length; blanks around it do not count
   */
  public static Explanation of(
      Routing routing, byte[] line, long nowMillis, MessageReader.Window window) {
    byte[] text = trimmed(line);
    if (text.length > MessageReader.MAX_LINE_BYTES) {
      return rejected(DropReason.TOO_LONG);
    }
    var message = new MessageReader();
    DropReason reason = message.read(text, 0, text.length, false, nowMillis, window);
    if (reason != null) {
      return rejected(reason);
    }
    String source = message.text(MessageReader.Field.SRC);
    String type = message.type().wire();
    if (message.type() == MessageType.GOODBYE) {
      return new Explanation(null, source, type, List.of(), List.of(), null, "");
    }
    SourceRules rules = routing.of(source);
    Decision decision = rules.decide(message, text, () -> 0);
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < decision.size(); i++) {
      int importance = decision.importance(i);
      Change change = decision.change(i);
      byte[] copy = change == null ? text : change.apply(message, text);
      copies.add(
          new Copy(
              rules.nameOf(decision.target(i)),
              importance < 0 ? message.importance() : importance,
              new String(copy, UTF_8)));
    }
    return new Explanation(
        null,
        source,
        type,
        rules.explain(message, text),
        copies,
        decision.reason(),
        trace(message, rules));
  }

  private static String trace(MessageReader message, SourceRules rules) {
    if (!TraceMessage.isTraced(message)) {
      return "";
    }
    List<String> targets = rules.traceTargets();
    return "joins "
        + message.text(MessageReader.Field.TID)
        + (targets.isEmpty()
            ? "; no rule of this source lists the type trace, so it is only shown at /traces"
            : "; if this source begins it, it goes to " + String.join(", ", targets));
  }

  /** The same where nothing is correlated. */
  public Explanation uncorrelated() {
    String off = trace.isEmpty() ? "" : "correlation.enabled = false";
    return new Explanation(rejected, source, type, rules, copies, dropped, off);
  }

  private static Explanation rejected(DropReason reason) {
    return new Explanation(reason, "", "", List.of(), List.of(), null, "");
  }

  private static byte[] trimmed(byte[] line) {
    int from = 0;
    int to = line.length;
    while (from < to && isBlank(line[from])) {
      from++;
    }
    while (to > from && isBlank(line[to - 1])) {
      to--;
    }
    return Arrays.copyOfRange(line, from, to);
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  /** Whether at least one target gets it. */
  public boolean isDelivered() {
    return !copies.isEmpty();
  }

  /** The same in words, one line for the message, each rule, and each target or the loss. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (rejected != null) {
      lines.add("invalid, dropped: " + rejected.wire());
      return lines;
    }
    lines.add("valid: " + type + " of " + source);
    for (Step each : rules) {
      lines.add(
          "rule "
              + each.rule
              + " -> "
              + each.target
              + (each.matched ? ": matches" : ": no")
              + (each.why.isEmpty() ? "" : ", " + each.why));
    }
    for (Copy each : copies) {
      lines.add("target " + each.target + ": importance " + each.importance + ", " + each.message);
    }
    if (dropped != null) {
      lines.add("dropped: " + dropped.wire());
    } else if (copies.isEmpty()) {
      lines.add("ends its connection, goes nowhere");
    }
    if (!trace.isEmpty()) {
      lines.add("trace: " + trace);
    }
    return lines;
  }
}
