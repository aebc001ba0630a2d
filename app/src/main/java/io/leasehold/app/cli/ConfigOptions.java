package io.leasehold.app.cli;

import io.leasehold.config.load.Loaded;
import io.leasehold.config.load.SettingsLoader;
import io.leasehold.config.load.Sources;
import io.leasehold.config.value.ConfigurationException;
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
      description =
          "Settings in HOCON; TtlSemLock's JSON if the name ends in .json, a key-value server's"
              + " YAML if it ends in .yaml.")
  private @Nullable Path file;

  @Option(names = "--port", paramLabel = "N", description = "Same as --set lock.port=N.")
  private @Nullable Integer port;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, such as lock.limits.max-locks=0; may be repeated.")
  private List<String> sets = new ArrayList<>();

  Loaded load() throws ConfigurationException {
    return SettingsLoader.load(new Sources(file, System.getenv(), sets, port));
  }
}
