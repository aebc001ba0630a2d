package io.leasehold.config.load;

import com.typesafe.config.ConfigValue;
import io.leasehold.config.Settings;
import io.leasehold.config.value.ConfigurationException;
import io.leasehold.config.value.Problem;
import io.leasehold.config.value.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts settings together: defaults, then the file, then the environment, then the command line; the
 * later wins.
 */
public final class SettingsLoader {
  /** A file that is no configuration at all could otherwise fill a terminal. */
  static final int MAX_PROBLEMS = 100;

  private static final String DEFAULT = "default";

  private SettingsLoader() {}

  /**
   * Reads and checks everything. Blocks for the reads of the file and of the secrets' files.
   *
   * @throws ConfigurationException with every mistake found
   */
  public static Loaded load(Sources sources) {
    var reference = Reference.load();
    var overlay = new Overlay(reference);
    var broken = new ArrayList<Problem>();
    if (sources.configFile() != null) {
      try {
        ConfigFile.read(sources.configFile(), sources.environment(), overlay);
      } catch (ConfigurationException e) {
        broken.addAll(e.found());
      }
    }
    EnvironmentVariables.read(sources.environment(), overlay);
    CommandLine.read(sources.port(), sources.sets(), overlay);

    var effective = effective(overlay);
    var values = new Values(effective, defaults(reference), path -> placeOf(overlay, path));
    var settings = Settings.from(values);
    var crossChecks = new CrossChecks(settings, values);
    crossChecks.run();

    broken.addAll(overlay.problems());
    broken.addAll(values.problems());
    if (!broken.isEmpty()) {
      throw new ConfigurationException(bounded(broken));
    }
    return new Loaded(
        settings, origins(overlay, effective), crossChecks.warnings(), overlay.infos());
  }

  private static Map<String, ConfigValue> defaults(Reference reference) {
    var defaults = new HashMap<String, ConfigValue>();
    reference.keys().forEach(key -> defaults.put(key.path(), key.standard()));
    return defaults;
  }

  private static Map<String, ConfigValue> effective(Overlay overlay) {
    var effective = new HashMap<String, ConfigValue>();
    for (var key : overlay.reference().keys()) {
      var given = overlay.get(key.path());
      // A default may be that of another key: then what is given there counts here too.
      var followed = given == null ? overlay.get(key.standardText()) : given;
      effective.put(key.path(), followed == null ? key.standard() : followed);
    }
    return effective;
  }

  private static String placeOf(Overlay overlay, String path) {
    var given = overlay.get(path);
    return given == null ? "" : given.origin().description();
  }

  private static List<Origin> origins(Overlay overlay, Map<String, ConfigValue> effective) {
    var origins = new ArrayList<Origin>();
    for (var key : overlay.reference().keys()) {
      var place = placeOf(overlay, key.path());
      var value = effective.getOrDefault(key.path(), key.standard());
      origins.add(
          new Origin(
              key.path(), Values.masked(key.path(), value), place.isEmpty() ? DEFAULT : place));
    }
    return origins;
  }

  private static List<Problem> bounded(List<Problem> problems) {
    if (problems.size() <= MAX_PROBLEMS) {
      return problems;
    }
    var bounded = new ArrayList<>(problems.subList(0, MAX_PROBLEMS));
    bounded.add(new Problem("", "and " + (problems.size() - MAX_PROBLEMS) + " more mistakes"));
    return bounded;
  }
}
