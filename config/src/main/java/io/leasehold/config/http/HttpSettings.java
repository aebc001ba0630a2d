package io.leasehold.config.http;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The port of the store's API, the gateway and the dashboard. Immutable.
 *
 * @param maxConnections open ones, 1..65,536
 * @param idleTimeout a connection without bytes is closed after it
 * @param maxBody bytes of a request's body, 1 KiB..64 MiB
 * @param corsAllowedOrigins origins whose pages may use the store; empty = none, {@code *} = all
 */
public record HttpSettings(
    String host,
    Port port,
    int maxConnections,
    Duration idleTimeout,
    long maxBody,
    List<String> corsAllowedOrigins) {
  private static final Pattern ORIGIN = Pattern.compile("\\*|https?://[A-Za-z0-9.\\[\\]:-]{1,255}");

  public HttpSettings {
    corsAllowedOrigins = List.copyOf(corsAllowedOrigins);
    Checks.of("http")
        .host("host", host)
        .within("max-connections", maxConnections, 1, 65_536)
        .within("idle-timeout", idleTimeout, Duration.ofSeconds(1), Duration.ofHours(1))
        .within("max-body", maxBody, 1L << 10, 64L << 20)
        .done();
  }

  /** Whether only this machine reaches the port. */
  public boolean isOnLoopback() {
    return host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  /** Reads every key now. */
  public static HttpSettings from(Values values) {
    return new HttpSettings(
        values.text("http.host"),
        values.port("http.port"),
        values.integer("http.max-connections"),
        values.duration("http.idle-timeout"),
        values.size("http.max-body"),
        origins(values, "http.cors.allowed-origins"));
  }

  /** Origins of pages as a list has them, {@code *} = all. */
  public static List<String> origins(Values values, String path) {
    return values.items(
        path,
        "* or an origin such as https://app.example.com",
        text -> Optional.of(text).filter(origin -> ORIGIN.matcher(origin).matches()));
  }
}
