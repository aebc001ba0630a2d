package io.leasehold.app.fault;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Several nodes on one PostgreSQL, which can be cut off from each other. */
final class PostgresCluster implements TestCluster {
  /** So that a node that is cut off goes on for as long as any test. */
  private static final String DOES_NOT_GIVE_UP =
      "-Dpekko.cluster.split-brain-resolver.stable-after=10m";

  /** Of a server that is not told otherwise. */
  private static final int PARTITIONS = 4;

  private final PostgresDatabase database;
  private final Links links;
  private final List<NodeProcess> nodes = new ArrayList<>();

  private PostgresCluster(int size, Links links, Path directory, Path logs, boolean stubborn)
      throws IOException {
    this.links = links;
    database = new PostgresDatabase(directory.resolve("postgresql"), links.hostOfDatabase());
    String points =
        IntStream.range(0, size)
            .mapToObj(node -> '"' + links.contactPoint(node) + '"')
            .collect(Collectors.joining(",", "[", "]"));
    for (int i = 0; i < size; i++) {
      String name = "node" + (i + 1);
      var options = new ArrayList<>(links.javaOptions(i));
      if (stubborn && i == links.highest()) {
        options.add(DOES_NOT_GIVE_UP);
      }
      var settings = new ArrayList<>(links.settings(i));
      settings.add("cluster.discovery=config");
      settings.add("gateway.jwt-secret=shared-by-all-nodes-of-the-cluster");
      settings.add("cluster.contact-points=" + points);
      settings.add("database.url=" + database.url());
      settings.add("database.user=" + database.user());
      Path log = logs.resolve(name + ".log");
      nodes.add(
          new NodeProcess(name, links.place(i), directory.resolve(name), log, options, settings));
    }
  }

  /**
   * Nodes with proxies between them.
   *
   * @param logs directory of the nodes' logs
   */
  static PostgresCluster of(int size, Path directory, Path logs) throws IOException {
    return new PostgresCluster(size, new ProxyLinks(size), directory, logs, false);
  }

  /**
   * Two nodes. That of {@link #highest} does not give up when it is cut off: nothing but the fence
   * of the journal keeps it from being an owner beside the new one.
   */
  static PostgresCluster withAStubbornNode(Path directory, Path logs) throws IOException {
    return new PostgresCluster(2, new ProxyLinks(2), directory, logs, true);
  }

  /** Nodes in network namespaces, where they are allowed; with proxies elsewhere, and says so. */
  static PostgresCluster inNamespaces(int size, Path directory, Path logs)
      throws IOException, InterruptedException {
    Links links;
    try {
      links = NamespaceLinks.build(size);
      System.out.println("partitions by network namespaces");
    } catch (IOException e) {
      System.out.println("partitions by proxies: " + e.getMessage());
      links = new ProxyLinks(size);
    }
    return new PostgresCluster(size, links, directory, logs, false);
  }

  /** The node that has to go when two do not reach each other. */
  int highest() {
    return links.highest();
  }

  /** Starts the nodes and waits until all are ready and have partitions. */
  void start() throws IOException {
    for (NodeProcess node : nodes) {
      node.start();
    }
    awaitReady();
    for (NodeProcess node : nodes) { // the first to be ready has all, until they are shared out
      Awaitility.await(node.name() + " has partitions")
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> node.partitions() > 0);
    }
  }

  @Override
  public List<TestNode> nodes() {
    return List.copyOf(nodes);
  }

  PostgresDatabase database() {
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
    return cutOff("partition ", node, () -> {}, () -> comeBack(nodes.get(node)));
  }

  /** The same, and the others have its partitions when it has begun. It ends, being no member. */
  Fault deposition(int node) {
    return cutOff(
        "deposition of ",
        node,
        () ->
            Awaitility.await("others have all partitions")
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> partitionsBeside(node) == PARTITIONS),
        () -> {});
  }

  private int partitionsBeside(int node) {
    return IntStream.range(0, size())
        .filter(each -> each != node)
        .map(each -> nodes.get(each).partitions())
        .sum();
  }

  private Fault cutOff(String what, int node, Faults.Action begun, Faults.Action ended) {
    return new Fault() {
      @Override
      public String name() {
        return what + nodes.get(node).name();
      }

      @Override
      public Window.Effect effect() {
        return Window.Effect.MOVES;
      }

      @Override
      public void begin() throws Exception {
        links.cut(node);
        begun.run();
      }

      @Override
      public void end() throws Exception {
        links.heal();
        ended.run();
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
    try (links) {
      database.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
