package io.leasehold.config.telemetry;

import io.leasehold.config.value.Port;
import java.nio.file.Path;
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
    CorrelationSettings correlation,
    Map<String, BackendSettings> backends,
    Map<String, List<RuleSettings>> routing,
    List<RuleSettings> global,
    Admin admin,
    HotReload hotReload,
    Tap tap,
    InternalEvents internalEvents,
    Auth auth) {

  /** What this process says of its locks and its store that is routed like messages of others. */
  public enum InternalEvents {
    OFF,
    /** Warnings and errors. */
    WARN,
    ALL
  }

  /**
   * The port of the applications.
   *
   * @param readTimeout for the next byte of an unfinished line
   * @param tls null = plain text
   * @param unixPath of a socket beside the port; null = none
   */
  public record Tcp(
      String host,
      Port port,
      int maxConnections,
      Duration readTimeout,
      @Nullable Tls tls,
      @Nullable Path unixPath) {}

  /**
   * Files of PEM, read at start and at every reload.
   *
   * @param cert the certificate of the port, then those between it and its authority
   * @param key PKCS#8, not encrypted
   * @param clientCa authorities of clients; null = clients show no certificate
   * @param requireClientCert a client without one is refused
   */
  public record Tls(Path cert, Path key, @Nullable Path clientCa, boolean requireClientCert) {}

  /**
   * Who may send.
   *
   * @param required only who greets with a token
   */
  public record Auth(boolean required, List<Token> tokens) {
    /** Everybody. */
    public static final Auth NONE = new Auth(false, List.of());

    public Auth {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * One of those who may send.
   *
   * @param sha256 of the token, 64 hexadecimal digits
   * @param sources {@code *} stands for any run of characters
   */
  public record Token(String name, String sha256, List<String> sources) {
    public Token {
      sources = List.copyOf(sources);
    }
  }

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
