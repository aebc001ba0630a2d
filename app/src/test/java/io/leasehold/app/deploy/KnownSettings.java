package io.leasehold.app.deploy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What the shipped files may set: the keys of reference.conf, and those of the clustering. */
final class KnownSettings {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  static final Path DEPLOY = ROOT.resolve("deploy");

  /** Keys that the files use; the one that is not in reference.conf yet is let through. */
  static final List<String> CLUSTERING =
      List.of(
          "cluster.discovery",
          "cluster.contact-points",
          "cluster.required-contact-points",
          "cluster.app-version",
          "management.host",
          "management.port");

  private static final Set<String> LAUNCHER =
      Set.of("LEASEHOLD_JAVA_OPTS", "LEASEHOLD_JAVA", "LEASEHOLD_HEAP");

  private static final Config REFERENCE =
      ConfigFactory.parseFile(ROOT.resolve("config/src/main/resources/reference.conf").toFile())
          .resolve()
          .getConfig("leasehold");

  private KnownSettings() {}

  /** Whether reference.conf has the key already. */
  static boolean isInReference(String key) {
    return REFERENCE.hasPath(key);
  }

  static boolean isKey(String key) {
    return isInReference(key) || CLUSTERING.contains(key);
  }

  /** Whether the server or its launcher reads a variable of this name. */
  static boolean isVariable(String name) {
    return LAUNCHER.contains(name) || keys().stream().anyMatch(key -> variable(key).equals(name));
  }

  static String variable(String key) {
    return "LEASEHOLD_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** A port of reference.conf; that of Pekko Management until it stands there. */
  static int port(String key) {
    return isInReference(key) || !key.equals("management.port") ? REFERENCE.getInt(key) : 7626;
  }

  /** The keys under {@code leasehold} that a file sets, in the order of the alphabet. */
  static Set<String> keysOf(String hocon) {
    var keys = new TreeSet<String>();
    ConfigFactory.parseString(hocon)
        .resolve()
        .getConfig("leasehold")
        .entrySet()
        .forEach(entry -> keys.add(entry.getKey()));
    return keys;
  }

  private static Set<String> keys() {
    var keys = new LinkedHashSet<>(CLUSTERING);
    REFERENCE.entrySet().forEach(entry -> keys.add(entry.getKey()));
    return keys;
  }
}
