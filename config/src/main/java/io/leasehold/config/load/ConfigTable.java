package io.leasehold.config.load;

/** The table of all settings for the README, made out of reference.conf. */
public final class ConfigTable {
  private ConfigTable() {}

  /** Markdown with a row per key in the order of the file; ends with a line feed. */
  public static String markdown() {
    var out = new StringBuilder("| key | default | meaning |\n|---|---|---|\n");
    for (var key : Reference.load().keys()) {
      out.append("| `")
          .append(key.path())
          .append("` | `")
          .append(cell(key.standardText()))
          .append("` | ")
          .append(cell(key.meaning()))
          .append(" |\n");
    }
    return out.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
