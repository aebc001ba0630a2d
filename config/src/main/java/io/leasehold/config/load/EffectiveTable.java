package io.leasehold.config.load;

import java.util.List;

/** The effective configuration as text: key, value and origin in aligned columns. */
public final class EffectiveTable {
  /** Wider values push their own origin to the right, not that of all the others. */
  private static final int MAX_COLUMN = 40;

  private EffectiveTable() {}

  /** One line per key, each ended by a line feed; prints no secret. */
  public static String render(List<Origin> effective) {
    int keys = width(effective.stream().map(Origin::path).toList());
    int values = width(effective.stream().map(Origin::value).toList());
    var out = new StringBuilder();
    for (var each : effective) {
      pad(out, each.path(), keys);
      pad(out, each.value(), values);
      out.append(each.origin()).append('\n');
    }
    return out.toString();
  }

  private static int width(List<String> column) {
    return column.stream().mapToInt(String::length).filter(w -> w <= MAX_COLUMN).max().orElse(0);
  }

  private static void pad(StringBuilder out, String text, int width) {
    out.append(text).append(" ".repeat(Math.max(0, width - text.length()) + 2));
  }
}
