package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One node keeps its promises while it is killed, paused and cut off under load. */
@Tag("alone")
class FaultsIT {
  private static final Duration WAKE_UP = Duration.ofSeconds(3);

  @TempDir Path dir;

  private static Nemesis.Step step(Fault fault, long calmMillis, long lastsMillis) {
    return new Nemesis.Step(fault, Duration.ofMillis(calmMillis), Duration.ofMillis(lastsMillis));
  }

  @Test
  @Timeout(180)
  void oneNodeKeepsItsPromisesThroughKillsPausesAndCuts() throws Exception {
    long seed = Long.getLong("fault.seed", System.nanoTime() & 0xff_ffff);
    var load = new Load(seed, 16, 0, 4, 2, 4);
    var run = new FaultRun("one-node", load, WAKE_UP);
    try (TestCluster cluster = new OneNodeCluster(dir.resolve("data"), run.folder())) {
      TestNode node = cluster.nodes().get(0);
      node.start();
      cluster.awaitReady();
      try (var proxy = new ChaosProxy("127.0.0.1", node::lockAddress)) {
        var proxies = List.of(proxy);
        RunResult result =
            run.run(
                cluster,
                () -> List.of(proxy.address()),
                List.of(
                        step(Faults.kill(cluster, node), 2_000, 0),
                        step(
                            Faults.loseReplies("answers lost", Window.Effect.DELAYS, proxies),
                            1_500,
                            500),
                        step(Faults.pause(cluster, node, () -> {}), 1_500, 3_000),
                        step(Faults.kill(cluster, node), 1_500, 0))
                    .iterator());
        String report = result.report();
        assertThat(result.isClean()).as(report).isTrue();
        assertThat(result.history().size()).as(report).isGreaterThan(1_000);
        assertThat(result.verdict().examined().values())
            .as(report)
            .allSatisfy(facts -> assertThat(facts).isGreaterThan(20));
      }
    }
  }

  @Test
  @Timeout(300)
  void threeNodesKeepTheirPromisesThroughKillPartitionAndAHangingDatabase() throws Exception {
    long seed = Long.getLong("fault.seed", System.nanoTime() & 0xff_ffff);
    var run = new FaultRun("three-nodes", new Load(seed, 12, 400, 4, 2, 4), WAKE_UP);
    try (var cluster = PostgresCluster.of(3, dir, run.folder())) {
      cluster.start();
      RunResult result =
          run.run(
              cluster,
              cluster::addresses,
              List.of(
                      step(Faults.kill(cluster, cluster.nodes().get(0)), 2_000, 0),
                      step(cluster.partition(1), 1_000, 9_000),
                      step(
                          Faults.blackhole(
                              "database hangs",
                              Window.Effect.MOVES,
                              List.of(cluster.database().proxy())),
                          1_000,
                          2_000))
                  .iterator());
      String report = result.report();
      assertThat(result.isClean()).as(report).isTrue();
      assertThat(result.history().size()).as(report).isGreaterThan(1_000);
    }
  }
}
