package io.leasehold.config.access;

import io.leasehold.config.http.HttpSettings;
import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.List;

/**
 * What requests of the Redis gateway may ask for. Immutable.
 *
 * @param commandTimeout a single command is answered within it
 * @param batchTimeout a pipeline or transaction is answered within it
 * @param maxBody bytes of a request's body, 1 KiB..64 MiB
 * @param maxUri bytes of a request target, 1 KiB..1 MiB
 * @param maxResponse bytes of an answer, 1 KiB..1 GiB
 * @param maxCommands of a batch, 1..100,000
 * @param trustedProxies whose word on the address of a client is believed
 * @param corsAllowedOrigins origins whose pages may use the gateway, {@code *} = all, empty = none
 */
public record GatewaySettings(
    Duration commandTimeout,
    Duration batchTimeout,
    long maxBody,
    int maxUri,
    long maxResponse,
    int maxCommands,
    RateSettings rateLimit,
    EmbeddedSettings embedded,
    ExternalSettings external,
    StreamSettings streams,
    List<Network> trustedProxies,
    List<String> corsAllowedOrigins) {

  public GatewaySettings {
    trustedProxies = List.copyOf(trustedProxies);
    corsAllowedOrigins = List.copyOf(corsAllowedOrigins);
    Checks.of("gateway")
        .positive("command-timeout", commandTimeout, Duration.ofMinutes(10))
        .positive("batch-timeout", batchTimeout, Duration.ofMinutes(10))
        .within("max-body", maxBody, 1L << 10, 64L << 20)
        .within("max-uri", (long) maxUri, 1L << 10, 1L << 20)
        .within("max-response", maxResponse, 1L << 10, 1L << 30)
        .within("max-commands", maxCommands, 1, 100_000)
        .done();
  }

  /**
   * Who has no quota of its own, and what limits cost.
   *
   * @param defaultRps commands per second, 0 = unlimited, at most 1,000,000
   * @param maxBuckets that a node keeps, 16..10,000,000
   * @param idle a full bucket that was not used for so long is forgotten
   * @param lease how long a slice of a bucket stays with a node that does not use it
   */
  public record RateSettings(int defaultRps, int maxBuckets, Duration idle, Duration lease) {
    public RateSettings {
      Checks.of("gateway.rate-limit")
          .within("default-rps", defaultRps, 0, 1_000_000)
          .within("max-buckets", maxBuckets, 16, 10_000_000)
          .within("idle", idle, Duration.ofSeconds(1), Duration.ofHours(1))
          .within("lease", lease, Duration.ofMillis(20), Duration.ofSeconds(10))
          .done();
    }

    static RateSettings from(Values values) {
      return new RateSettings(
          values.integer("gateway.rate-limit.default-rps"),
          values.integer("gateway.rate-limit.max-buckets"),
          values.duration("gateway.rate-limit.idle"),
          values.duration("gateway.rate-limit.lease"));
    }
  }

  /**
   * Embedded instances.
   *
   * @param maxValue bytes of an argument and of a string that commands put together
   * @param maxKey bytes of a key
   * @param maxCommand bytes of all arguments of a command, or all commands of a transaction
   * @param maxMemory bytes of an instance that was made without a bound of its own, 1 MiB..16 GiB
   */
  public record EmbeddedSettings(int maxValue, int maxKey, int maxCommand, long maxMemory) {
    /** A message between nodes has room for so much. */
    private static final long LARGEST = 1_536L << 10;

    public EmbeddedSettings {
      Checks.of("gateway.embedded")
          .within("max-value", (long) maxValue, 1L << 10, LARGEST)
          .within("max-key", (long) maxKey, 16, 1L << 20)
          .within("max-command", (long) maxCommand, 1L << 10, LARGEST)
          .within("max-memory", maxMemory, 1L << 20, 16L << 30)
          .done();
    }

    static EmbeddedSettings from(Values values) {
      return new EmbeddedSettings(
          bytes(values, "gateway.embedded.max-value"),
          bytes(values, "gateway.embedded.max-key"),
          bytes(values, "gateway.embedded.max-command"),
          values.size("gateway.embedded.max-memory"));
    }
  }

  /**
   * Streams of events.
   *
   * @param maxPerKey of one key on a node, 1..100,000
   * @param maxPerNode 1..100,000
   * @param heartbeat how often a stream without events shows that it is alive, 100 ms..60 s
   */
  public record StreamSettings(boolean enabled, int maxPerKey, int maxPerNode, Duration heartbeat) {
    public StreamSettings {
      Checks.of("gateway.streams")
          .within("max-per-key", maxPerKey, 1, 100_000)
          .within("max-per-node", maxPerNode, 1, 100_000)
          .within("heartbeat", heartbeat, Duration.ofMillis(100), Duration.ofSeconds(60))
          .done();
    }

    static StreamSettings from(Values values) {
      return new StreamSettings(
          values.flag("gateway.streams.enabled"),
          values.integer("gateway.streams.max-per-key"),
          values.integer("gateway.streams.max-per-node"),
          values.duration("gateway.streams.heartbeat"));
    }
  }

  private static int bytes(Values values, String path) {
    return (int) Math.min(Integer.MAX_VALUE, values.size(path));
  }

  /** Reads every key now. */
  public static GatewaySettings from(Values values) {
    return new GatewaySettings(
        values.duration("gateway.command-timeout"),
        values.duration("gateway.batch-timeout"),
        values.size("gateway.max-body"),
        bytes(values, "gateway.max-uri"),
        values.size("gateway.max-response"),
        values.integer("gateway.max-commands"),
        values.section(RateSettings::from),
        values.section(EmbeddedSettings::from),
        values.section(ExternalSettings::from),
        values.section(StreamSettings::from),
        values.items(
            "gateway.trusted-proxies",
            "an address, or a network such as 10.0.0.0/8",
            Network::parse),
        HttpSettings.origins(values, "gateway.cors.allowed-origins"));
  }
}
