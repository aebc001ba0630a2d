package io.leasehold.config.load;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.stream.Collectors;

/** Renders {@code reference.conf} as the table of the README. */
public final class ConfigTable {
  private ConfigTable() {}

  /** Markdown, one row for each key, in alphabetical order. */
  public static String markdown() {
    Config defaults = SettingsLoader.defaults();
    var table = new StringBuilder("| key under `leasehold` | default | meaning |\n|---|---|---|\n");
    for (String path : new KnownKeys(defaults).paths()) {
      ConfigValue value = defaults.getValue(path);
      String meaning =
          value.origin().comments().stream().map(String::strip).collect(Collectors.joining(" "));
      table
          .append("| `")
          .append(path)
          .append("` | `")
          .append(value.render(ConfigRenderOptions.concise()).replace("|", "\\|"))
          .append("` | ")
          .append(meaning)
          .append(" |\n");
    }
    return table.toString();
  }
}
