package io.leasehold.actors.kv.redis.external;

import io.leasehold.config.access.Network;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be connected to on behalf of a user: none in a denied network, unless it is
 * in an allowed one too. Immutable; safe for any thread.
 *
 * @param loopback whether this machine itself may be connected to
 */
public record Networks(List<Network> allowed, List<Network> denied, boolean loopback) {
  public Networks {
    allowed = List.copyOf(allowed);
    denied = List.copyOf(denied);
  }

  /** Why an address must not be connected to; null = it may. */
  @Nullable String whyNot(InetAddress address) {
    if (allowed.stream().anyMatch(network -> network.contains(address))) {
      return null;
    }
    if (!loopback && isThisMachine(address)) {
      return address.getHostAddress() + " is this machine itself, which is denied";
    }
    for (Network network : denied) {
      if (network.contains(address)) {
        return address.getHostAddress() + " is in " + network + ", which is denied";
      }
    }
    return null;
  }

  private static boolean isThisMachine(InetAddress address) {
    boolean zero = address instanceof Inet4Address && address.getAddress()[0] == 0;
    return zero || address.isLoopbackAddress() || address.isAnyLocalAddress();
  }
}
