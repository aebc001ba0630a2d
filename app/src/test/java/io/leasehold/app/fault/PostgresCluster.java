package io.leasehold.app.fault;

import io.leasehold.app.cluster.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * Several nodes on one PostgreSQL. Between the nodes stand proxies, one in front of each: nodes
 * know each other by these, and call from addresses of their own, so that a proxy can tell who
 * calls.
 */
final class PostgresCluster implements TestCluster {
  private final PostgresDatabase database;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<ChaosProxy> doors = new ArrayList<>();

  /**
   * @param logs directory of the nodes' logs
   */
  PostgresCluster(int size, Path directory, Path logs) throws IOException {
    database = new PostgresDatabase(directory.resolve("postgresql"));
    List<Integer> ports = FreePorts.find(2 * size);
    List<Integer> management = ports.subList(0, size);
    String points =
        management.stream()
            .map(port -> "\"127.0.0.1:" + port + "\"")
            .collect(Collectors.joining(",", "[", "]"));
    for (int i = 0; i < size; i++) {
      int remoting = ports.get(size + i);
      var door =
          new ChaosProxy(
              "127.0.0.1", () -> Optional.of(new InetSocketAddress("127.0.0.1", remoting)));
      doors.add(door);
      String name = "node" + (i + 1);
      nodes.add(
          new NodeProcess(
              name,
              "127.0.0.1",
              directory.resolve(name),
              logs.resolve(name + ".log"),
              List.of(
                  "-Dpekko.remote.artery.canonical.port=" + door.address().getPort(),
                  "-Dpekko.remote.artery.bind.hostname=127.0.0.1",
                  "-Dpekko.remote.artery.bind.port=" + remoting,
                  "-Dpekko.remote.artery.advanced.tcp.outbound-client-hostname="
                      + addressOf(i).getHostAddress()),
              List.of(
                  "management.port=" + management.get(i),
                  "cluster.discovery=config",
                  "cluster.contact-points=" + points,
                  "database.url=" + database.url(),
                  "database.user=" + database.user())));
    }
  }

  /** Whence a node calls the others. */
  private static InetAddress addressOf(int node) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (node + 2)});
  }

  /** Starts the nodes and waits until all are ready. */
  void start() throws IOException {
    for (NodeProcess node : nodes) {
      node.start();
    }
    awaitReady();
  }

  @Override
  public List<TestNode> nodes() {
    return List.copyOf(nodes);
  }

  TestDatabase database() {
    return database;
  }

  @Override
  public Window.Effect lossOfNode() {
    return Window.Effect.MOVES;
  }

  @Override
  public Rules rules(Duration wakeUp, List<Window> disruptions) {
    return Rules.ofCluster(wakeUp, disruptions);
  }

  /** The other nodes and this one do not reach each other; clients and the database reach all. */
  Fault partition(int node) {
    return new Fault() {
      @Override
      public String name() {
        return "partition " + nodes.get(node).name();
      }

      @Override
      public Window.Effect effect() {
        return Window.Effect.MOVES;
      }

      @Override
      public void begin() throws Exception {
        for (int i = 0; i < doors.size(); i++) {
          if (i == node) {
            doors.get(i).weather(ChaosProxy.Weather.BLACKHOLE);
          } else {
            doors.get(i).weather(addressOf(node), ChaosProxy.Weather.BLACKHOLE);
          }
        }
      }

      @Override
      public void end() throws Exception {
        doors.forEach(ChaosProxy::heal);
        comeBack(nodes.get(node));
      }
    };
  }

  /**
   * A node that was away for long has been thrown out and ends by itself, sooner or later; one that
   * was away for less is a member still. Either way it is back when this returns.
   */
  void comeBack(NodeProcess node) throws Exception {
    Awaitility.await(node.name() + " is back")
        .atMost(90, TimeUnit.SECONDS)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              if (!node.isRunning()) {
                node.start();
              }
              return nodes.stream().allMatch(each -> each.isRunning() && each.isSettled(size()));
            });
  }

  private int size() {
    return nodes.size();
  }

  Fault pause(int node) {
    return Faults.pause(this, nodes.get(node), () -> comeBack(nodes.get(node)));
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::close);
    try {
      for (ChaosProxy door : doors) {
        door.close();
      }
      database.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
