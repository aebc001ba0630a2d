package io.leasehold.config.cluster;

import io.leasehold.config.value.Port;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the management port of a node is expected. Immutable.
 *
 * @param port 1..65535
 */
public record ContactPoint(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]{2,64}]|[0-9A-Za-z._-]{1,253}):(\\d{1,5})");

  /** Reads {@code host:port}, an IPv6 address in brackets; empty if it is something else. */
  static Optional<ContactPoint> parse(String text) {
    var found = FORM.matcher(text.strip());
    if (!found.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(found.group(2));
    return port < 1 || port > Port.MAX
        ? Optional.empty()
        : Optional.of(new ContactPoint(found.group(1), port));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
