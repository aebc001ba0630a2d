package io.leasehold.app.e2e;

import io.leasehold.app.cluster.FreePorts;
import io.leasehold.app.cluster.LocalDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** Servers in JVMs of their own that form a cluster on one PostgreSQL. */
final class ClusterProcesses implements AutoCloseable {
  final LocalDatabase database;
  private final Path directory;
  private final List<Integer> managementPorts;
  private final List<String> common;
  private final List<ServerProcess> nodes;

  private ClusterProcesses(LocalDatabase database, Path directory, int size, List<String> common)
      throws IOException {
    this.database = database;
    this.directory = directory;
    this.managementPorts = FreePorts.find(size);
    this.common = common;
    this.nodes = new ArrayList<>(Collections.nCopies(size, null));
  }

  /** Starts all nodes at once and waits until each is ready and has a partition. */
  static ClusterProcesses start(Path directory, int size, String... sets) throws IOException {
    var cluster =
        new ClusterProcesses(
            FastStart.database(directory.resolve("postgresql")), directory, size, List.of(sets));
    try {
      for (int i = 0; i < size; i++) {
        cluster.nodes.set(i, cluster.launch(i));
      }
      for (ServerProcess node : cluster.nodes) {
        node.awaitReady();
      }
      cluster.awaitShares();
      return cluster;
    } catch (IOException | RuntimeException | AssertionError e) {
      cluster.close();
      throw e;
    }
  }

  /** The first node to be ready has all partitions, until they are shared out; all nodes are up. */
  void awaitShares() {
    for (ServerProcess node : nodes) {
      Awaitility.await("every node has a partition")
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> partitionsOf(node) > 0);
    }
  }

  private static int partitionsOf(ServerProcess node) throws IOException, InterruptedException {
    return ServerProcess.get(node.port("management"), "/cluster/shards/lock")
        .path("regions")
        .size();
  }

  ServerProcess node(int index) {
    return nodes.get(index);
  }

  int size() {
    return nodes.size();
  }

  /** Starts a node that has ended again, and waits until it is ready. */
  void startAgain(int index) throws IOException {
    nodes.set(index, launch(index));
    node(index).awaitReady();
  }

  private ServerProcess launch(int index) throws IOException {
    var sets = sets();
    sets.add("management.port=" + managementPorts.get(index));
    return ServerProcess.launch(directory.resolve("node-" + index), sets.toArray(String[]::new));
  }

  /** What makes a server look for this cluster and use its database. */
  List<String> sets() {
    String points =
        managementPorts.stream()
            .map(port -> "\"127.0.0.1:" + port + "\"")
            .collect(Collectors.joining(",", "[", "]"));
    var sets = new ArrayList<String>();
    sets.add("database.url=" + database.url());
    sets.add("database.user=" + database.user());
    sets.add("cluster.discovery=config");
    sets.add("gateway.jwt-secret=shared-by-all-nodes-of-the-cluster");
    sets.add("gateway.encryption-keys=k1:" + "QUFB".repeat(10) + "QUE=");
    sets.add("cluster.contact-points=" + points);
    sets.add("cluster.required-contact-points=" + Math.min(2, size()));
    sets.addAll(common);
    return sets;
  }

  @Override
  public void close() throws IOException {
    for (ServerProcess node : nodes) {
      if (node != null) {
        node.close();
      }
    }
    database.close();
  }
}
