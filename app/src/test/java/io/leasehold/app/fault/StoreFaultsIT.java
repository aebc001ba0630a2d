package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The store keeps its promises while its nodes are killed and paused under load. */
@Tag("alone")
class StoreFaultsIT {
  private final long seed = Long.getLong("fault.seed", System.nanoTime() & 0xff_ffff);

  @TempDir Path dir;

  private static Nemesis.Step step(Fault fault, long calmMillis, long lastsMillis) {
    return new Nemesis.Step(fault, Duration.ofMillis(calmMillis), Duration.ofMillis(lastsMillis));
  }

  private static void assertClean(StoreRun.Result result) {
    assertThat(result.isClean()).as(result.report()).isTrue();
    assertThat(result.operations()).as(result.report()).isGreaterThan(500);
    assertThat(result.verdict().examined().values())
        .as(result.report())
        .allSatisfy(facts -> assertThat(facts).isGreaterThan(20));
  }

  @Test
  @Timeout(120)
  void oneNodeKeepsWhatItSaidThroughAKill() throws Exception {
    var run = new StoreRun("store-one-node", new StoreLoad(seed, 12, 0, 4, 2, 2, 4));
    try (TestCluster cluster = new OneNodeCluster(dir.resolve("data"), run.folder())) {
      TestNode node = cluster.nodes().get(0);
      node.start();
      cluster.awaitReady();
      assertClean(run.run(cluster, List.of(step(Faults.kill(cluster, node), 2_000, 0)).iterator()));
    }
  }

  @Test
  @Tag("fault")
  @Timeout(240)
  void threeNodesKeepWhatTheySaidThroughAKillAndAPause() throws Exception {
    var run = new StoreRun("store-three-nodes", new StoreLoad(seed, 12, 600, 6, 2, 3, 3));
    try (var cluster = PostgresCluster.of(3, dir, run.folder())) {
      cluster.start();
      assertClean(
          run.run(
              cluster,
              List.of(
                      step(Faults.kill(cluster, cluster.nodes().get(0)), 1_500, 0),
                      step(cluster.pause(1), 1_000, 9_000))
                  .iterator()));
    }
  }
}
