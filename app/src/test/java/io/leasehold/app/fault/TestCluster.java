package io.leasehold.app.fault;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The servers of a run; closing it ends all their processes. */
interface TestCluster extends AutoCloseable {
  List<TestNode> nodes();

  /** What a kill, or a pause longer than every time-out, does to requests and owners here. */
  Window.Effect lossOfNode();

  /** The rules that the checks go by, given the disruptions of the run. */
  Rules rules(Duration wakeUp, List<Window> disruptions);

  @Override
  void close();

  /** Addresses of the running nodes, possibly none. */
  default List<InetSocketAddress> addresses() {
    return nodes().stream().map(TestNode::lockAddress).flatMap(Optional::stream).toList();
  }

  /** The same for clients of the store. */
  default List<InetSocketAddress> httpAddresses() {
    return nodes().stream().map(TestNode::httpAddress).flatMap(Optional::stream).toList();
  }

  /** Waits until every node is ready, at most two minutes. */
  default void awaitReady() {
    for (TestNode node : nodes()) {
      awaitReady(node);
    }
  }

  static void awaitReady(TestNode node) {
    Awaitility.await(node.name() + " is ready").atMost(120, TimeUnit.SECONDS).until(node::isReady);
  }
}
