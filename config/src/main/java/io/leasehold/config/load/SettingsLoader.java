package io.leasehold.config.load;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.leasehold.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts the settings together: defaults, file, environment, command line, the later winning. Every
 * mistake is found in one go. Reads files; otherwise never blocks.
 */
public final class SettingsLoader {
  private static final String ROOT = "leasehold";
  private static final String ENVIRONMENT_PREFIX = "LEASEHOLD_";
  private static final int MIN_KEY_LENGTH = 32;

  /** Variables of the launcher and of client commands: no settings of a server. */
  private static final Set<String> NOT_SETTINGS =
      Set.of(
          "LEASEHOLD_JAVA",
          "LEASEHOLD_JAVA_OPTS",
          "LEASEHOLD_HEAP",
          "LEASEHOLD_HOME",
          "LEASEHOLD_API_KEY",
          "LEASEHOLD_KEY",
          "LEASEHOLD_TOKEN",
          "LEASEHOLD_OWNER");

  private static final Map<String, String> FOREIGN_VARIABLES =
      Map.of("LOG_LEVEL", "log.level", "METRICS_ENABLED", "metrics.enabled");

  /**
   * Where settings come from.
   *
   * @param file null = none
   * @param sets {@code key=value} of the command line, in its order
   */
  public record Sources(@Nullable Path file, Map<String, String> environment, List<String> sets) {}

  private final Config defaults;
  private final KnownKeys known;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private SettingsLoader() {
    defaults =
        ConfigFactory.parseResources(SettingsLoader.class.getClassLoader(), "reference.conf")
            .getConfig(ROOT);
    known = new KnownKeys(defaults);
  }

  /**
   * Loads everything.
   *
   * @throws ConfigurationException with one line for each mistake
   */
  public static Loaded load(Sources sources) throws ConfigurationException {
    return new SettingsLoader().run(sources);
  }

  /** The defaults alone, for the table of the documentation. */
  static Config defaults() {
    return new SettingsLoader().defaults;
  }

  private Loaded run(Sources sources) throws ConfigurationException {
    Config file = sources.file() == null ? ConfigFactory.empty() : file(sources.file());
    Config merged =
        commandLine(sources.sets())
            .withFallback(environment(sources.environment()))
            .withFallback(file)
            .withFallback(defaults);
    var values = new Values(merged, defaults);
    Settings settings = Settings.from(values);
    problems.addAll(values.problems());
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return new Loaded(settings, effective(merged), warnings(settings), notes);
  }

  private Config file(Path file) {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      problems.add("--config " + file + ": file cannot be read");
      return ConfigFactory.empty();
    }
    boolean json = file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    try {
      Config parsed = json ? json(file) : hocon(file);
      if (parsed.hasPath(ROOT)) {
        return checked(parsed.getConfig(ROOT));
      }
      return json ? Dialect.translate(parsed, problems, notes) : checked(parsed);
    } catch (IOException e) {
      problems.add("--config " + file + ": file cannot be read");
      return ConfigFactory.empty();
    } catch (ConfigException e) {
      problems.add(Values.shown("--config " + file.getFileName()) + ": " + firstLine(e));
      return ConfigFactory.empty();
    }
  }

  private static Config hocon(Path file) {
    return ConfigFactory.parseFile(
            file.toFile(),
            ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false))
        .resolve();
  }

  /** JSON with comments is HOCON, but for comments between asterisks. */
  private static Config json(Path file) throws IOException {
    return ConfigFactory.parseString(
            Comments.withoutBlocks(Files.readString(file)),
            ConfigParseOptions.defaults().setOriginDescription(String.valueOf(file.getFileName())))
        .resolve();
  }

  private static String firstLine(ConfigException e) {
    var message = e.getMessage();
    return message == null ? "cannot be read" : message.lines().findFirst().orElse("");
  }

  private Config checked(Config config) {
    Config good = config;
    for (var entry : config.entrySet()) {
      if (!known.contains(entry.getKey())) {
        problems.add(known.unknown(entry.getKey(), Origins.of(entry.getValue())));
        good = good.withoutPath(entry.getKey());
      }
    }
    return good;
  }

  private Config environment(Map<String, String> environment) {
    var names = new TreeMap<String, String>();
    for (String path : known.paths()) {
      names.put(variable(path), path);
    }
    Config config = ConfigFactory.empty();
    for (var entry : new TreeMap<>(environment).entrySet()) {
      String name = entry.getKey();
      String path = names.getOrDefault(name, FOREIGN_VARIABLES.get(name));
      if (path != null) {
        config = config.withValue(path, value(path, entry.getValue(), "environment " + name));
      } else if (name.startsWith(ENVIRONMENT_PREFIX) && !NOT_SETTINGS.contains(name)) {
        problems.add(KnownKeys.unknown(name, "environment", names.keySet()));
      }
    }
    return config;
  }

  private static String variable(String path) {
    return ENVIRONMENT_PREFIX + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private Config commandLine(List<String> sets) {
    Config config = ConfigFactory.empty();
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals <= 0) {
        problems.add("--set " + Values.shown(set) + ": must be KEY=VALUE");
        continue;
      }
      String path = set.substring(0, equals).strip();
      if (path.startsWith(ROOT + ".")) {
        path = path.substring(ROOT.length() + 1);
      }
      if (known.contains(path)) {
        config = config.withValue(path, value(path, set.substring(equals + 1), "--set"));
      } else {
        problems.add(known.unknown(path, "--set"));
      }
    }
    return config;
  }

  /** Lists are written as {@code ["a", "b"]} or {@code a,b}. */
  private ConfigValue value(String path, String text, String origin) {
    if (!(defaults.getValue(path).unwrapped() instanceof List)) {
      return ConfigValueFactory.fromAnyRef(text, origin);
    }
    if (text.strip().startsWith("[")) {
      try {
        return ConfigFactory.parseString("v = " + text)
            .resolve()
            .getValue("v")
            .withOrigin(ConfigOriginFactory.newSimple(origin));
      } catch (ConfigException e) {
        problems.add(path + " (" + origin + "): must be a list such as [\"a\", \"b\"]");
        return defaults.getValue(path);
      }
    }
    List<String> items =
        text.isBlank() ? List.of() : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    return ConfigValueFactory.fromIterable(items, origin);
  }

  private List<Loaded.Effective> effective(Config merged) {
    var values = new ArrayList<Loaded.Effective>();
    for (String path : known.paths()) {
      ConfigValue value = merged.getValue(path);
      String shown =
          SecretPaths.isSecret(path)
              ? masked(value)
              : Values.shown(String.valueOf(value.unwrapped()));
      values.add(new Loaded.Effective(path, shown, Origins.of(value)));
    }
    return values;
  }

  private static String masked(ConfigValue value) {
    Object plain = value.unwrapped();
    if (plain instanceof List<?> list) {
      return list.isEmpty() ? "[]" : "[" + list.size() + " x ***]";
    }
    return String.valueOf(plain).isEmpty() ? "" : "***";
  }

  private static List<String> warnings(Settings settings) {
    var warnings = new ArrayList<String>();
    boolean weak =
        settings.lock().apiKeys().stream().anyMatch(key -> key.reveal().length() < MIN_KEY_LENGTH)
            || settings.lock().adminApiKeys().stream()
                .anyMatch(key -> key.reveal().length() < MIN_KEY_LENGTH);
    if (weak) {
      warnings.add(
          "lock.api-keys: a key has fewer than "
              + MIN_KEY_LENGTH
              + " characters and can be guessed");
    }
    exposed(warnings, "lock.host", settings.lock().host(), settings);
    exposed(warnings, "monitor.host", settings.monitor().host(), settings);
    return warnings;
  }

  private static void exposed(List<String> warnings, String path, String host, Settings settings) {
    boolean loopback = host.startsWith("127.") || host.equals("localhost") || host.equals("::1");
    if (!loopback && !settings.lock().authRequired()) {
      warnings.add(
          path
              + " = "
              + Values.shown(host)
              + ": reachable from other machines without authentication; set lock.auth-required");
    }
  }
}
