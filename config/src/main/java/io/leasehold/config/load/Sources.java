package io.leasehold.config.load;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that settings are made from, besides the defaults. Immutable; prints no value.
 *
 * @param configFile of {@code --config}; null = none
 * @param environment all variables of the process
 * @param sets of {@code --set}, each {@code KEY=VALUE}; a later one wins
 * @param port of {@code --port}; null = none
 */
public record Sources(
    @Nullable Path configFile,
    Map<String, String> environment,
    List<String> sets,
    @Nullable Integer port) {
  public Sources {
    environment = Map.copyOf(environment);
    sets = List.copyOf(sets);
  }

  /** Only {@code --set}, in an empty environment. */
  public static Sources ofSets(String... sets) {
    return new Sources(null, Map.of(), List.of(sets), null);
  }

  /** Only a file, in an empty environment. */
  public static Sources ofFile(Path configFile) {
    return new Sources(configFile, Map.of(), List.of(), null);
  }

  @Override
  public String toString() {
    return "Sources[configFile=" + configFile + "]";
  }
}
