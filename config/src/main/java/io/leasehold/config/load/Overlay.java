package io.leasehold.config.load;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.leasehold.config.value.Problem;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Suggestion;
import io.leasehold.config.value.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is laid over the defaults, the later over the earlier. Confined to one load. */
final class Overlay {
  private final Reference reference;
  private final Map<String, ConfigValue> values = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<String> infos = new ArrayList<>();

  Overlay(Reference reference) {
    this.reference = reference;
  }

  Reference reference() {
    return reference;
  }

  /** Lays a value over; its origin says where it was given. The path is a known one. */
  void put(String path, ConfigValue value, String place) {
    values.put(path, value.withOrigin(ConfigOriginFactory.newSimple(place)));
  }

  /** Lays over what came as a text: for a list its HOCON, or elements between commas. */
  void putText(KnownKey key, String text, String place) {
    var value = key.isList() ? list(key, text, place) : ConfigValueFactory.fromAnyRef(text);
    if (value != null) {
      put(key.path(), value, place);
    }
  }

  /** Notes a name that does not exist, with the known path nearest to it. */
  void unknown(String path, String place) {
    problem(path, Suggestion.unknown("", path, reference.paths()), place);
  }

  void problem(String path, String text, String place) {
    problems.add(new Problem(path, text + " (" + place + ")"));
  }

  void info(String text) {
    infos.add(text);
  }

  @Nullable ConfigValue get(String path) {
    return values.get(path);
  }

  List<Problem> problems() {
    return problems;
  }

  List<String> infos() {
    return infos;
  }

  private @Nullable ConfigValue list(KnownKey key, String text, String place) {
    var stripped = text.strip();
    if (!stripped.startsWith("[")) {
      var elements = Arrays.stream(stripped.split(",", -1)).map(String::strip).toList();
      return ConfigValueFactory.fromIterable(stripped.isEmpty() ? List.of() : elements);
    }
    try {
      var value =
          ConfigFactory.parseString("v = " + stripped)
              .resolve(ConfigResolveOptions.noSystem())
              .root()
              .get("v");
      if (value instanceof ConfigList) {
        return value;
      }
    } catch (ConfigException e) {
      // Told below: the library's text would quote parts of what may be a secret.
    }
    var shown = Values.isSecret(key.path()) ? Secret.MASK : Shown.value(text);
    problem(
        key.path(), key.path() + " = " + shown + ": must be a list such as [\"a\", \"b\"]", place);
    return null;
  }
}
