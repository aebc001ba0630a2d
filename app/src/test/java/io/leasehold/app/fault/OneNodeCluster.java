package io.leasehold.app.fault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One node on its own, with the embedded database. */
final class OneNodeCluster implements TestCluster {
  private final NodeProcess node;

  /**
   * @param logs directory of the node's log
   */
  OneNodeCluster(Path dataDir, Path logs, String... settings) {
    node = new NodeProcess("node1", dataDir, logs.resolve("node1.log"), List.of(settings));
  }

  @Override
  public List<TestNode> nodes() {
    return List.of(node);
  }

  @Override
  public Window.Effect lossOfNode() {
    return Window.Effect.ENDS;
  }

  @Override
  public Rules rules(Duration wakeUp, List<Window> disruptions) {
    return Rules.ofOneNode(wakeUp, disruptions);
  }

  @Override
  public void close() {
    node.close();
  }
}
