package io.leasehold.config.load;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.leasehold.config.value.ConfigurationException;
import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Values;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads the file of {@code --config}: HOCON, one of TtlSemLock's JSON dialects, or the YAML of
 * key-value servers.
 */
final class ConfigFile {
  /** Far more than any configuration; stops a wrong path to a large file. */
  static final long MAX_BYTES = 1_048_576;

  private final Path path;
  private final String name;
  private final Overlay overlay;

  private ConfigFile(Path path, Overlay overlay) {
    this.path = path;
    this.overlay = overlay;
    name = Shown.whole(path.toString());
  }

  /**
   * Lays the file over. Blocks for the read.
   *
   * @throws ConfigurationException when the file cannot be read or its syntax is broken
   */
  static void read(Path path, Map<String, String> environment, Overlay overlay) {
    var file = new ConfigFile(path, overlay);
    try {
      file.read(environment);
    } catch (StackOverflowError e) {
      // The library reads and resolves recursively; a text of brackets only gets it here.
      throw new ConfigurationException(file.name, file.name + ": nested too deeply to be read");
    }
  }

  private void read(Map<String, String> environment) {
    var text = content();
    var lower = path.toString().toLowerCase(Locale.ROOT);
    if (lower.endsWith(".json")) {
      readJson(text, environment);
    } else if (lower.endsWith(".yaml") || lower.endsWith(".yml")) {
      new StoreYaml(overlay, name).read(text);
    } else {
      readHocon(environment);
    }
  }

  private String content() {
    try {
      if (!Files.exists(path)) {
        throw unreadable("no such file");
      }
      if (!Files.isRegularFile(path)) {
        throw unreadable("is no regular file");
      }
      if (!Files.isReadable(path)) {
        throw unreadable("may not be read by this user");
      }
      if (Files.size(path) > MAX_BYTES) {
        throw unreadable("exceeds " + MAX_BYTES + " bytes");
      }
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw unreadable("is not valid UTF-8");
    } catch (IOException e) {
      throw unreadable("cannot be read: " + Shown.value(String.valueOf(e.getMessage())));
    }
  }

  private ConfigurationException unreadable(String reason) {
    return new ConfigurationException(name, name + ": " + reason);
  }

  private void readJson(String text, Map<String, String> environment) {
    var json = JsonComments.blank(text);
    if (json.isEmpty()) {
      throw unreadable("not valid JSON: a comment /* has no end");
    }
    ConfigObject root;
    try {
      root = ConfigFactory.parseString(json.get(), options(ConfigSyntax.JSON)).root();
    } catch (ConfigException e) {
      if (isNativeHocon()) {
        readHocon(environment);
        return;
      }
      throw Syntax.broken(name, "JSON", e);
    }
    if (root.containsKey(Reference.ROOT)) {
      layOver(root, root.keySet());
    } else {
      new TtlSemLockDialect(overlay, this::place).read(root);
    }
  }

  /** A name ending in .json may still hold HOCON, as long as it says leasehold. */
  private boolean isNativeHocon() {
    try {
      return ConfigFactory.parseFile(path.toFile(), options(ConfigSyntax.CONF))
          .root()
          .containsKey(Reference.ROOT);
    } catch (ConfigException e) {
      return false;
    }
  }

  private void readHocon(Map<String, String> environment) {
    try {
      Config parsed = ConfigFactory.parseFile(path.toFile(), options(ConfigSyntax.CONF));
      var variables = new HashMap<String, ConfigValue>();
      environment.forEach(
          (key, text) ->
              variables.put(key, ConfigValueFactory.fromAnyRef(text, "environment " + key)));
      Config resolved =
          parsed
              .withFallback(ConfigValueFactory.fromMap(variables).toConfig())
              .resolve(ConfigResolveOptions.noSystem());
      // The variables only serve ${HOME} and its kin: what the file does not name goes again.
      layOver(resolved.root(), parsed.root().keySet());
    } catch (ConfigException e) {
      throw Syntax.broken(name, "HOCON", e);
    }
  }

  private ConfigParseOptions options(ConfigSyntax syntax) {
    return ConfigParseOptions.defaults()
        .setAllowMissing(false)
        .setSyntax(syntax)
        .setOriginDescription(name);
  }

  private void layOver(ConfigObject whole, Set<String> named) {
    ConfigObject root = whole;
    for (var key : whole.keySet()) {
      if (!named.contains(key)) {
        root = root.withoutKey(key);
      }
    }
    var settings = root.get(Reference.ROOT);
    if (settings == null) {
      walk("", root);
      return;
    }
    for (var entry : inOrder(root.withoutKey(Reference.ROOT))) {
      unknown("", entry.getKey(), entry.getValue());
    }
    if (settings instanceof ConfigObject object) {
      walk("", object);
    } else {
      notASection(Reference.ROOT, settings);
    }
  }

  private void walk(String section, ConfigObject object) {
    for (var entry : inOrder(object)) {
      var value = entry.getValue();
      var at = join(section, entry.getKey());
      if (overlay.reference().key(at) != null) {
        overlay.put(at, value, place(value.origin()));
      } else if (!overlay.reference().isSection(at)) {
        unknown(section, entry.getKey(), value);
      } else if (value instanceof ConfigObject nested) {
        walk(at, nested);
      } else {
        notASection(at, value);
      }
    }
  }

  /** Of an unknown section each key is told, because each may have been meant somewhere else. */
  private void unknown(String section, String key, ConfigValue value) {
    var at = join(section, key);
    if (value instanceof ConfigObject object && !object.isEmpty()) {
      for (var entry : inOrder(object)) {
        unknown(at, entry.getKey(), entry.getValue());
      }
    } else {
      overlay.unknown(at, place(value.origin()));
    }
  }

  private void notASection(String at, ConfigValue value) {
    var shown = Shown.value(Values.rendered(value));
    overlay.problem(
        at, at + " = " + shown + ": must be a section " + at + " { ... }", place(value.origin()));
  }

  private String place(ConfigOrigin origin) {
    return Shown.whole(origin.description());
  }

  private static String join(String section, String key) {
    return section.isEmpty() ? key : section + "." + key;
  }

  private static List<Map.Entry<String, ConfigValue>> inOrder(ConfigObject object) {
    return object.entrySet().stream()
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<String, ConfigValue> e) -> e.getValue().origin().lineNumber())
                .thenComparing(Map.Entry.comparingByKey()))
        .toList();
  }
}
