package io.leasehold.app.fault;

import io.leasehold.app.cluster.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A proxy in front of each node: nodes know each other by these, and call from addresses of their
 * own, so that a proxy can tell who calls. Works everywhere and as anybody.
 */
final class ProxyLinks implements Links {
  private static final String HERE = "127.0.0.1";

  private final List<ChaosProxy> doors = new ArrayList<>();
  private final List<Integer> remoting;
  private final List<Integer> management;

  ProxyLinks(int size) throws IOException {
    List<Integer> ports = FreePorts.find(2 * size);
    management = ports.subList(0, size);
    remoting = ports.subList(size, 2 * size);
    for (int port : remoting) {
      doors.add(new ChaosProxy(HERE, () -> Optional.of(new InetSocketAddress(HERE, port))));
    }
  }

  /** Whence a node calls the others. */
  private static InetAddress addressOf(int node) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (node + 2)});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  @Override
  public NodeProcess.Place place(int node) {
    return NodeProcess.Place.HERE;
  }

  @Override
  public List<String> javaOptions(int node) {
    return List.of(
        "-Dpekko.remote.artery.canonical.port=" + doors.get(node).address().getPort(),
        "-Dpekko.remote.artery.bind.hostname=" + HERE,
        "-Dpekko.remote.artery.bind.port=" + remoting.get(node),
        "-Dpekko.remote.artery.advanced.tcp.outbound-client-hostname="
            + addressOf(node).getHostAddress());
  }

  @Override
  public List<String> settings(int node) {
    return List.of("management.port=" + management.get(node));
  }

  @Override
  public String contactPoint(int node) {
    return HERE + ":" + management.get(node);
  }

  @Override
  public String hostOfDatabase() {
    return HERE;
  }

  @Override
  public int highest() {
    int found = 0;
    for (int i = 1; i < doors.size(); i++) {
      if (doors.get(i).address().getPort() > doors.get(found).address().getPort()) {
        found = i;
      }
    }
    return found;
  }

  @Override
  public void cut(int node) {
    for (int i = 0; i < doors.size(); i++) {
      if (i == node) {
        doors.get(i).weather(ChaosProxy.Weather.BLACKHOLE);
      } else {
        doors.get(i).weather(addressOf(node), ChaosProxy.Weather.BLACKHOLE);
      }
    }
  }

  @Override
  public void heal() {
    doors.forEach(ChaosProxy::heal);
  }

  @Override
  public void close() throws IOException {
    for (ChaosProxy door : doors) {
      door.close();
    }
  }
}
