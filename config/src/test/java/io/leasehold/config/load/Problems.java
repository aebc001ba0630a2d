package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.leasehold.config.value.ConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What several tests of the loading need. */
final class Problems {
  private Problems() {}

  /** The lines with which these sources are refused. */
  static List<String> of(Sources sources) {
    var refused =
        catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(sources));
    assertThat(refused).as("the configuration is accepted").isNotNull();
    return refused.problems();
  }

  static List<String> ofSets(String... sets) {
    return of(Sources.ofSets(sets));
  }

  static List<String> ofFile(Path directory, String name, String text) {
    var file = write(directory, name, text);
    // The name as it was given stands in every line: the directory of a test would only be noise.
    return of(Sources.ofFile(file)).stream()
        .map(line -> line.replace(directory + "/", ""))
        .toList();
  }

  static List<String> ofEnvironment(Map<String, String> environment) {
    return of(new Sources(null, environment, List.of(), null));
  }

  static Path write(Path directory, String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The origin of one effective value. */
  static String originOf(Loaded loaded, String path) {
    return find(loaded, path).origin();
  }

  /** One effective value as it is printed. */
  static String valueOf(Loaded loaded, String path) {
    return find(loaded, path).value();
  }

  private static Origin find(Loaded loaded, String path) {
    return loaded.effective().stream()
        .filter(origin -> origin.path().equals(path))
        .findFirst()
        .orElseThrow();
  }
}
