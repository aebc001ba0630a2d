package io.leasehold.domain.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A message, and what the rules must make of it. Immutable.
 *
 * @param input an object of JSON; what it says of {@code v} and {@code ts} wins over 1 and now
 * @param dropped the reason for which it must be dropped, null = it must not
 * @param targets that must get it, in any order; null = any
 * @param messages by target: texts of JSON by the paths at which the copy must have them; {@code
 *     null} = nothing may be there
 */
public record Fixture(
    String name,
    String input,
    @Nullable String dropped,
    @Nullable List<String> targets,
    Map<String, Map<String, String>> messages) {
  public Fixture {
    targets = targets == null ? null : List.copyOf(targets);
    messages = Map.copyOf(messages);
  }

  /** The line that a client would send now. */
  public String line(long nowMillis) {
    String members = input.substring(1); // of duplicate keys the last counts
    return "{\"v\":1,\"ts\":" + nowMillis + (members.equals("}") ? "" : ",") + members;
  }

  /** What is different, as lines with {@code -} (expected) and {@code +} (found); empty = fine. */
  public List<String> differences(Explanation found) {
    List<String> lines = new ArrayList<>();
    String outcome = outcome(found);
    if (dropped != null || targets != null) {
      String expected =
          dropped != null ? "dropped: " + dropped : to(targets == null ? List.of() : targets);
      differ(lines, expected, outcome);
    }
    messages.keySet().stream().sorted().forEach(target -> compare(lines, target, found));
    return lines;
  }

  private static String outcome(Explanation found) {
    DropReason reason = found.rejected() == null ? found.dropped() : found.rejected();
    return reason != null
        ? "dropped: " + reason.wire()
        : to(found.copies().stream().map(Explanation.Copy::target).toList());
  }

  private static String to(List<String> targets) {
    return "targets: " + String.join(", ", new TreeSet<>(targets));
  }

  private void compare(List<String> lines, String target, Explanation found) {
    var copy = found.copies().stream().filter(each -> each.target().equals(target)).findFirst();
    if (copy.isEmpty()) {
      differ(lines, "a copy for " + target, outcome(found));
      return;
    }
    Map<String, String> expected = messages.getOrDefault(target, Map.of());
    expected.keySet().stream()
        .sorted()
        .forEach(
            path -> {
              String is = JsonPath.at(copy.get().message(), path);
              String text = is == null ? "null" : is;
              String wanted = expected.getOrDefault(path, "null");
              if (!JsonPath.isSame(wanted, text)) {
                String where = target + ' ' + path + ": ";
                differ(lines, where + wanted, where + text);
              }
            });
  }

  private static void differ(List<String> lines, String expected, String found) {
    if (!expected.equals(found)) {
      lines.add("- " + expected);
      lines.add("+ " + found);
    }
  }
}
