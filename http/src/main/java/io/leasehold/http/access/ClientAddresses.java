package io.leasehold.http.access;

import io.leasehold.config.access.Network;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.jspecify.annotations.Nullable;

/**
 * From where a request comes: its peer or, if that is a proxy that is trusted, whom the proxies
 * name. Of {@code X-Forwarded-For} and {@code Forwarded} (RFC 7239) the right-most address counts
 * that is no trusted proxy: what stands left of it, anybody may have made up. If both headers are
 * there and name different ones, the peer itself counts. Immutable; safe for any thread.
 */
final class ClientAddresses {
  /** Of a header, from the right: no chain of proxies is as long. */
  private static final int MAX_HOPS = 32;

  private static final String X_FORWARDED_FOR = "x-forwarded-for";
  private static final String FORWARDED = "forwarded";

  private final List<Network> trusted;

  /**
   * @param trusted proxies whose word counts; empty = no header is looked at
   */
  ClientAddresses(List<Network> trusted) {
    this.trusted = List.copyOf(trusted);
  }

  /** The address as a number; empty if it is not known. */
  String of(HttpRequest request) {
    return address(request).map(InetAddress::getHostAddress).orElse("");
  }

  private Optional<InetAddress> address(HttpRequest request) {
    Optional<InetAddress> peer =
        request.getAttribute(AttributeKeys.remoteAddress).flatMap(RemoteAddress::getAddress);
    if (trusted.isEmpty() || peer.isEmpty() || !isTrusted(peer.get())) {
      return peer;
    }
    InetAddress byList = client(hops(request, X_FORWARDED_FOR));
    InetAddress byPairs = client(hops(request, FORWARDED));
    if (byList == null || byPairs == null) {
      InetAddress named = byList == null ? byPairs : byList;
      return named == null ? peer : Optional.of(named);
    }
    return byList.equals(byPairs) ? Optional.of(byList) : peer;
  }

  /** The same with the port of the peer, {@code address:port}; without one behind a proxy. */
  String withPort(HttpRequest request) {
    Optional<InetAddress> peer =
        request.getAttribute(AttributeKeys.remoteAddress).flatMap(RemoteAddress::getAddress);
    Optional<InetAddress> client = address(request);
    int port =
        client.equals(peer)
            ? request
                .getAttribute(AttributeKeys.remoteAddress)
                .map(RemoteAddress::getPort)
                .orElse(0)
            : 0;
    return client.map(at -> at.getHostAddress() + ":" + port).orElse("");
  }

  private boolean isTrusted(InetAddress address) {
    for (Network each : trusted) {
      if (each.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** What the proxies have said, in the order of the headers; the last of it at most. */
  private static List<String> hops(HttpRequest request, String name) {
    var hops = new ArrayList<String>();
    for (HttpHeader header : request.getHeaders()) {
      if (header.lowercaseName().equals(name)) {
        hops.addAll(List.of(header.value().split(",", -1)));
      }
    }
    List<String> last = hops.subList(Math.max(0, hops.size() - MAX_HOPS), hops.size());
    return name.equals(FORWARDED) ? last.stream().map(ClientAddresses::named).toList() : last;
  }

  /** The node of {@code for=} in one element of {@code Forwarded}; empty without one. */
  private static String named(String element) {
    for (String pair : element.split(";", -1)) {
      String trimmed = pair.strip();
      if (trimmed.toLowerCase(Locale.ROOT).startsWith("for=")) {
        String value = trimmed.substring("for=".length()).strip();
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
      }
    }
    return "";
  }

  /** The right-most that is no trusted proxy, else the left-most; null if there is none. */
  private @Nullable InetAddress client(List<String> hops) {
    InetAddress client = null;
    for (int i = hops.size() - 1; i >= 0; i--) {
      InetAddress hop = Network.address(withoutPort(hops.get(i).strip()));
      if (hop == null) {
        return client; // nobody can say who stands left of something unknown
      }
      client = hop;
      if (!isTrusted(hop)) {
        return client;
      }
    }
    return client;
  }

  /** Without what may be around an address: brackets, a port. */
  private static String withoutPort(String node) {
    int bracket = node.indexOf(']');
    if (node.startsWith("[") && bracket > 0) {
      return node.substring(1, bracket);
    }
    int colon = node.indexOf(':');
    return colon >= 0 && colon == node.lastIndexOf(':') ? node.substring(0, colon) : node;
  }
}
