package io.leasehold.config.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import io.leasehold.config.value.Values;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The keys of this module's own reference.conf, in its order. Immutable; a node reads it once.
 *
 * <p>Other libraries on the class path bring a file of that name too; theirs are not read.
 */
final class Reference {
  /** The root of every setting. */
  static final String ROOT = "leasehold";

  private final Map<String, KnownKey> keys;
  private final Set<String> sections;

  private Reference(Map<String, KnownKey> keys) {
    this.keys = keys;
    sections = new TreeSet<>();
    for (var path : keys.keySet()) {
      for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
        sections.add(path.substring(0, dot));
      }
    }
  }

  /** Reads the file: blocks for one read from the class path. */
  static Reference load() {
    Config raw = ConfigFactory.parseString(text());
    Config resolved = raw.resolve(ConfigResolveOptions.noSystem());
    var found = new ArrayList<Found>();
    if (raw.root().get(ROOT) instanceof ConfigObject root) {
      collect("", root, found);
    }
    found.sort(Comparator.comparingInt(f -> f.value.origin().lineNumber()));
    var keys = new LinkedHashMap<String, KnownKey>();
    for (var each : found) {
      var meaning =
          each.value.origin().comments().stream()
              .map(String::strip)
              .collect(Collectors.joining(" "));
      var value = resolved.getValue(ROOT + "." + each.path);
      keys.put(each.path, new KnownKey(each.path, value, standardText(each.value), meaning));
    }
    return new Reference(keys);
  }

  /** All keys, in the order of the file. */
  List<KnownKey> keys() {
    return List.copyOf(keys.values());
  }

  /** All paths, in the order of the file. */
  Set<String> paths() {
    return keys.keySet();
  }

  @Nullable KnownKey key(String path) {
    return keys.get(path);
  }

  boolean isSection(String path) {
    return sections.contains(path);
  }

  private record Found(String path, ConfigValue value) {}

  private static void collect(String section, ConfigObject object, List<Found> found) {
    object.forEach(
        (name, value) -> {
          var path = section.isEmpty() ? name : section + "." + name;
          if (value instanceof ConfigObject nested) {
            collect(path, nested, found);
          } else {
            found.add(new Found(path, value));
          }
        });
  }

  /** A reference to another key renders as {@code ${leasehold.lock.auth-required}}. */
  private static String standardText(ConfigValue value) {
    var text = value.render();
    if (text.startsWith("${")) {
      return text.substring(("${" + ROOT + ".").length(), text.length() - 1);
    }
    return Values.rendered(value);
  }

  private static String text() {
    try (InputStream in = location().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("reference.conf of the config module cannot be read", e);
    }
  }

  /** Beside this class, in the same jar or directory: the one of this module and no other. */
  private static URL location() throws IOException {
    var name = Reference.class.getName().replace('.', '/') + ".class";
    var own = Reference.class.getClassLoader().getResource(name);
    if (own == null) {
      throw new IOException(name + " is not on the class path");
    }
    var text = own.toString();
    return URI.create(text.substring(0, text.length() - name.length()) + "reference.conf").toURL();
  }
}
