package io.leasehold.app.cli;

import io.leasehold.config.load.ConfigurationException;
import io.leasehold.config.load.Loaded;
import io.leasehold.config.load.SettingsLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where settings come from. */
final class ConfigOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings in HOCON, or TtlSemLock's JSON if the name ends in .json.")
  private @Nullable Path file;

  @Option(names = "--port", paramLabel = "N", description = "Same as --set lock.port=N.")
  private @Nullable String port;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, such as lock.limits.max-locks=0; may be repeated.")
  private List<String> sets = new ArrayList<>();

  Loaded load() throws ConfigurationException {
    var all = new ArrayList<String>();
    if (port != null) {
      all.add("lock.port=" + port);
    }
    all.addAll(sets);
    return SettingsLoader.load(new SettingsLoader.Sources(file, System.getenv(), all));
  }
}
