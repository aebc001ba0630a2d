package io.leasehold.config.load;

import io.leasehold.config.Settings;
import java.util.List;

/**
 * A configuration that can be used. Immutable.
 *
 * @param values every setting in effect, secrets masked
 * @param warnings what the operator should know
 * @param notes what was read and has no effect
 */
public record Loaded(
    Settings settings, List<Effective> values, List<String> warnings, List<String> notes) {

  /**
   * One setting in effect.
   *
   * @param origin such as {@code default}, {@code leasehold.conf: 12}, {@code --set}
   */
  public record Effective(String path, String value, String origin) {}

  public Loaded {
    values = List.copyOf(values);
    warnings = List.copyOf(warnings);
    notes = List.copyOf(notes);
  }

  /** The settings as a table of text: path, value, origin. */
  public String table() {
    int paths = 3;
    int texts = 5;
    for (Effective each : values) {
      paths = Math.max(paths, each.path().length());
      texts = Math.max(texts, Math.min(40, each.value().length()));
    }
    String format = "%-" + paths + "s  %-" + texts + "s  %s%n";
    var table = new StringBuilder(String.format(format, "key", "value", "origin"));
    for (Effective each : values) {
      table.append(String.format(format, each.path(), each.value(), each.origin()));
    }
    return table.toString();
  }
}
