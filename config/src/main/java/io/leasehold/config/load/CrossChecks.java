package io.leasehold.config.load;

import io.leasehold.config.Durability;
import io.leasehold.config.Settings;
import io.leasehold.config.access.AccessKey;
import io.leasehold.config.access.Scope;
import io.leasehold.config.cluster.Discovery;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What only shows when the settings are seen together. Confined to one load. */
final class CrossChecks {
  private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "::", "*");

  private final Settings settings;
  private final Values values;
  private final List<String> warnings = new ArrayList<>();

  CrossChecks(Settings settings, Values values) {
    this.settings = settings;
    this.values = values;
  }

  /** Notes mistakes in the values, warnings here. A value that was refused is not looked at. */
  void run() {
    sharedPorts();
    keysRequired();
    shortKeys();
    openDoors();
    unusedDatabase();
    unusedTelemetryFile();
    severalNodes();
    burstsWithoutRate();
    signing();
    respWithoutAccounts();
  }

  private void respWithoutAccounts() {
    var port = settings.resp().port();
    if (!port.isOff() && settings.http().port().isOff() && !values.isWrong("resp.port")) {
      values.note(
          "resp.port", port, "has the keys of the gateway, which http.port = 0 switches off");
    }
  }

  /**
   * A secret that a node made for itself says nothing to other nodes, nor to who comes from afar.
   */
  private void signing() {
    var http = settings.http();
    if (http.port().isOff()
        || !settings.accounts().jwtSecret().isEmpty()
        || values.isWrong("gateway.jwt-secret")) {
      return;
    }
    if (settings.cluster().isShared()) {
      values.note("gateway.jwt-secret", "", "a cluster needs one that all its nodes share");
    } else if (!http.isOnLoopback() && !values.isWrong("http.host")) {
      values.note(
          "gateway.jwt-secret",
          "",
          "is needed where other machines reach the gateway (http.host = "
              + Shown.value(http.host())
              + "); only on loopback is one made");
    }
  }

  private void burstsWithoutRate() {
    var limit = settings.kv().rateLimit();
    if (limit.burst() != 0 && limit.rate() == 0) {
      warnings.add("kv.rate-limit.burst = " + limit.burst() + ": limits nothing without a rate");
    }
    for (var key : settings.access().keys()) {
      if (key.burst() != 0 && key.rate() == 0) {
        warnings.add(key.path() + ".burst = " + key.burst() + ": limits nothing without a rate");
      }
    }
  }

  List<String> warnings() {
    return warnings;
  }

  private record Door(String portPath, String hostPath, String host, Port port) {
    boolean meets(Door other) {
      return port.isFixed()
          && port.equals(other.port)
          && (host.equals(other.host)
              || ANY_ADDRESS.contains(host)
              || ANY_ADDRESS.contains(other.host));
    }
  }

  private List<Door> doors() {
    var monitor = normal(settings.monitor().host());
    return List.of(
        new Door("lock.port", "lock.host", normal(settings.lock().host()), settings.lock().port()),
        new Door("monitor.port", "monitor.host", monitor, settings.monitor().port()),
        new Door("monitor.debug-port", "monitor.host", monitor, settings.monitor().debugPort()),
        new Door("metrics.port", "monitor.host", monitor, settings.metrics().port()),
        new Door("http.port", "http.host", normal(settings.http().host()), settings.http().port()),
        new Door("resp.port", "http.host", normal(settings.http().host()), settings.resp().port()),
        new Door(
            "remoting.port",
            "remoting.host",
            normal(settings.remoting().host()),
            settings.remoting().port()),
        new Door(
            "management.port",
            "management.host",
            normal(settings.management().host()),
            settings.management().port()));
  }

  private void sharedPorts() {
    var doors =
        doors().stream()
            .filter(door -> !values.isWrong(door.portPath) && !values.isWrong(door.hostPath))
            .toList();
    for (int i = 0; i < doors.size(); i++) {
      for (int j = i + 1; j < doors.size(); j++) {
        var first = doors.get(i);
        var second = doors.get(j);
        if (first.meets(second)) {
          values.note(
              first.portPath,
              first.port,
              "is also "
                  + second.portPath
                  + " on "
                  + Shown.value(second.host)
                  + ", two doors cannot share a port");
        }
      }
    }
  }

  private void keysRequired() {
    var lock = settings.lock();
    var keys = settings.access().keys();
    boolean listed = !lock.apiKeys().isEmpty() || !lock.adminApiKeys().isEmpty();
    boolean unknown =
        values.isWrong("lock.api-keys")
            || values.isWrong("lock.admin-api-keys")
            || values.isWrong("access.keys");
    if (unknown || listed) {
      return;
    }
    boolean opensLock =
        keys.stream().anyMatch(key -> key.opens(Scope.LOCK_USE) || key.opens(Scope.LOCK_ADMIN));
    if (lock.authRequired() && !opensLock) {
      values.note(
          "lock.auth-required",
          true,
          "no key is given in lock.api-keys, lock.admin-api-keys"
              + " or access.keys with lock:use or lock:admin");
    }
    boolean opensMonitor = keys.stream().anyMatch(key -> key.opens(Scope.MONITOR_READ));
    if (settings.access().required() && !lock.authRequired() && !opensMonitor) {
      values.note(
          "access.required",
          true,
          "no key is given in lock.api-keys, lock.admin-api-keys"
              + " or access.keys with monitor:read");
    }
  }

  private void shortKeys() {
    var weak = new ArrayList<String>();
    shortKeys("lock.api-keys", settings.lock().apiKeys(), weak);
    shortKeys("lock.admin-api-keys", settings.lock().adminApiKeys(), weak);
    settings.access().keys().stream()
        .filter(AccessKey::isShort)
        .forEach(key -> weak.add(key.path() + ".key"));
    if (!weak.isEmpty()) {
      warnings.add(
          String.join(", ", weak)
              + ": shorter than "
              + AccessKey.MIN_CHARS
              + " characters, a short key can be guessed");
    }
    for (var key : settings.access().keys()) {
      if (key.inClear()) {
        warnings.add(
            key.path() + ".key: stands in clear, key-sha256 keeps it out of the configuration");
      }
    }
  }

  private static void shortKeys(String path, List<Secret> keys, List<String> weak) {
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).reveal().length() < AccessKey.MIN_CHARS) {
        weak.add(path + "[" + i + "]");
      }
    }
  }

  private void openDoors() {
    for (var door : doors()) {
      boolean isLock = door.portPath.equals("lock.port");
      boolean guarded = isLock ? settings.lock().authRequired() : settings.access().required();
      if (hasKeys(door) && !guarded && !door.port.isOff() && !isLoopback(door.host)) {
        warnings.add(
            door.portPath
                + " = "
                + door.port
                + ": other machines reach it on "
                + Shown.value(door.host)
                + " without a key; set "
                + (isLock ? "lock.auth-required" : "access.required")
                + " or "
                + door.hostPath);
      }
    }
  }

  /** Remoting and management have none that could be asked: they belong to the nodes. */
  private static boolean hasKeys(Door door) {
    return !door.portPath.equals("remoting.port") && !door.portPath.equals("management.port");
  }

  private void unusedDatabase() {
    if (settings.durability() == Durability.MEMORY && !settings.database().isEmbedded()) {
      warnings.add("durability = memory: database.url is set but nothing is stored");
    }
  }

  private void unusedTelemetryFile() {
    if (!settings.telemetry().enabled() && settings.telemetry().configFile() != null) {
      warnings.add("telemetry.enabled = false: telemetry.config-file is set but not read");
    }
  }

  private void severalNodes() {
    var cluster = settings.cluster();
    if (!cluster.isShared()) {
      return;
    }
    if (settings.durability() == Durability.MEMORY) {
      values.note(
          "durability",
          "memory",
          "more than one node would forget who holds what when a partition moves;"
              + " use durable, or cluster.discovery = single");
    } else if (settings.database().isH2() && !values.isWrong("database.url")) {
      values.note(
          "database.url",
          settings.database().url(),
          "a cluster of more than one node needs PostgreSQL, H2 belongs to one process");
    }
    if (settings.management().port().isOff()) {
      values.note(
          "management.port", 0, "nodes find each other there, it cannot be off in a cluster");
    }
    if (cluster.discovery() == Discovery.CONFIG
        && cluster.contactPoints().size() < cluster.requiredContactPoints()
        && !values.isWrong("cluster.contact-points")) {
      values.note(
          "cluster.contact-points",
          cluster.contactPoints(),
          "must name at least cluster.required-contact-points ("
              + cluster.requiredContactPoints()
              + ") nodes");
    }
  }

  private static String normal(String host) {
    var lower = host.toLowerCase(Locale.ROOT);
    return lower.equals("localhost") ? "127.0.0.1" : lower;
  }

  private static boolean isLoopback(String host) {
    return host.startsWith("127.") || host.equals("::1");
  }
}
