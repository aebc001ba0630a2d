package io.leasehold.config;

import io.leasehold.config.access.Secret;
import io.leasehold.config.load.Values;
import io.leasehold.config.lock.LockSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Every setting of a server. Immutable; names, meanings and units stand in {@code reference.conf}.
 *
 * @param dataDir absolute
 */
public record Settings(
    Path dataDir,
    Durability durability,
    int partitions,
    LockSettings lock,
    Monitor monitor,
    boolean metricsEnabled,
    Health health,
    Log log,
    Database database,
    String remotingHost,
    Port remotingPort,
    String clusterName) {

  /** Addresses of monitoring. */
  public record Monitor(String host, Port port, Port debugPort) {}

  /** Thresholds of the health checks. */
  public record Health(
      boolean enabled,
      Duration maxAge,
      Duration timeout,
      int maxThreads,
      double heapWarn,
      double heapLimit) {}

  /**
   * What is logged, and how.
   *
   * @param file empty = standard output
   */
  public record Log(String level, String format, String file) {}

  /**
   * The journal's database.
   *
   * @param url empty = embedded
   */
  public record Database(
      String url,
      String user,
      Secret password,
      boolean migrate,
      int poolSize,
      Duration connectionTimeout) {

    public boolean isEmbedded() {
      return url.isEmpty();
    }
  }

  private static final int MAX_PARTITIONS = 256;

  /** Reads every key; mistakes are collected in {@code values}. */
  public static Settings from(Values values) {
    var settings =
        new Settings(
            Path.of(values.text("data-dir")).toAbsolutePath().normalize(),
            values.oneOf("durability", List.of("durable", "memory")).equals("memory")
                ? Durability.MEMORY
                : Durability.DURABLE,
            values.integer("partitions", 1, MAX_PARTITIONS),
            LockSettings.from(values),
            new Monitor(
                values.text("monitor.host"),
                values.port("monitor.port"),
                values.port("monitor.debug-port")),
            values.bool("metrics.enabled"),
            new Health(
                values.bool("health.enabled"),
                values.duration("health.max-age", Duration.ZERO, Duration.ofMinutes(1)),
                values.duration("health.timeout", Duration.ofMillis(10), Duration.ofMinutes(1)),
                values.integer("health.max-threads", 1, Integer.MAX_VALUE),
                values.share("health.heap-warn"),
                values.share("health.heap-limit")),
            new Log(
                values.oneOf("log.level", List.of("trace", "debug", "info", "warn", "error")),
                values.oneOf("log.format", List.of("text", "json")),
                values.textOrEmpty("log.file")),
            new Database(
                values.textOrEmpty("database.url"),
                values.textOrEmpty("database.user"),
                values.secret("database.password"),
                values.bool("database.migrate"),
                values.integer("database.pool-size", 2, 64),
                values.duration(
                    "database.connection-timeout", Duration.ofMillis(250), Duration.ofSeconds(30))),
            values.text("remoting.host"),
            values.port("remoting.port"),
            values.text("cluster.name"));
    settings.check(values);
    return settings;
  }

  private void check(Values values) {
    if (!database.isEmbedded() && !database.url().startsWith("jdbc:postgresql:")) {
      values.problem(
          "database.url = "
              + Values.shown(database.url())
              + ": must begin with jdbc:postgresql:, or be empty for the embedded database");
    }
    clash(values, "lock.port", lock.host(), lock.port(), "monitor.port", monitor.port());
    clash(values, "lock.port", lock.host(), lock.port(), "monitor.debug-port", monitor.debugPort());
    if (monitor.port().number() > 0 && monitor.port().equals(monitor.debugPort())) {
      values.problem(
          "monitor.debug-port = " + monitor.debugPort().number() + ": is the same as monitor.port");
    }
    if (health.heapLimit() < health.heapWarn()) {
      values.problem(
          "health.heap-limit = "
              + health.heapLimit()
              + ": must be at least health.heap-warn = "
              + health.heapWarn());
    }
  }

  private void clash(
      Values values, String one, String host, Port port, String other, Port otherPort) {
    if (port.number() > 0 && port.equals(otherPort) && host.equals(monitor.host())) {
      values.problem(other + " = " + port.number() + ": is the same as " + one);
    }
  }
}
