package io.leasehold.config.telemetry;

import io.leasehold.config.value.Port;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole file of telemetry, checked. Immutable.
 *
 * @param memoryTotal bytes of lines in memory, over all buffers
 * @param backends by name, in the order of the file
 * @param routing rules by source; {@code default} for all others
 * @param global rules of every message
 */
public record TelemetrySettings(
    Tcp tcp,
    int maxQueueSize,
    long memoryTotal,
    Limits limits,
    SpoolSettings spool,
    Map<String, BackendSettings> backends,
    Map<String, List<RuleSettings>> routing,
    List<RuleSettings> global,
    Admin admin,
    HotReload hotReload,
    Tap tap) {

  /**
   * The port of the applications.
   *
   * @param readTimeout for the next byte of an unfinished line
   */
  public record Tcp(String host, Port port, int maxConnections, Duration readTimeout) {}

  /**
   * Bounds of what a message may be.
   *
   * @param sources values of the label source at most
   */
  public record Limits(Duration maxFuture, Duration maxPast, int sources) {}

  /**
   * The port of its administration.
   *
   * @param token null = none is asked for
   */
  public record Admin(String host, Port port, @Nullable String token) {}

  /** When the file is read again, and for how long the result is watched. */
  public record HotReload(
      boolean enabled, Duration watchInterval, Duration healthWindow, Duration drainTimeout) {}

  /** What watching messages live may show and cost. */
  public record Tap(List<String> redact, int maxClients, int maxRate) {}
}
