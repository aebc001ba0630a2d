package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The long runs of the store: {@code -Dfault.minutes} (default 10), {@code -Dfault.seed}, {@code
 * -Dfault.rate} (operations per second at most, default 800), {@code -Dfault.clients} (default 16).
 * And the proof that the harness notices a real server that loses what it said.
 */
@Tag("fault")
@Tag("alone")
class LongStoreFaultsIT {
  private final long seed = Long.getLong("fault.seed", System.nanoTime() & 0xff_ffff);
  private final Duration length = Duration.ofMinutes(Integer.getInteger("fault.minutes", 10));

  @TempDir Path dir;

  private StoreLoad load() {
    return new StoreLoad(
        seed,
        Integer.getInteger("fault.clients", 16),
        Integer.getInteger("fault.rate", 800),
        8,
        3,
        4,
        4);
  }

  @Test
  @Timeout(value = 4, unit = TimeUnit.HOURS)
  void oneNodeKeepsWhatItSaidThroughFaultsByChance() throws Exception {
    var run = new StoreRun("store-one-node-long", load());
    try (TestCluster cluster = new OneNodeCluster(dir.resolve("data"), run.folder())) {
      TestNode node = cluster.nodes().get(0);
      node.start();
      cluster.awaitReady();
      var choices =
          List.of(
              new RandomSteps.Choice(Faults.kill(cluster, node), 0, 4_000),
              new RandomSteps.Choice(Faults.restart(cluster, node), 0, 2_000),
              new RandomSteps.Choice(Faults.pause(cluster, node, () -> {}), 500, 12_000));
      assertClean(run.run(cluster, new RandomSteps(seed, length, Duration.ofSeconds(12), choices)));
    }
  }

  @Test
  @Timeout(value = 4, unit = TimeUnit.HOURS)
  void threeNodesKeepWhatTheySaidThroughFaultsByChance() throws Exception {
    var run = new StoreRun("store-three-nodes-long", load());
    try (var cluster = PostgresCluster.inNamespaces(3, dir, run.folder())) {
      cluster.start();
      TestDatabase database = cluster.database();
      var choices = new ArrayList<RandomSteps.Choice>();
      for (int i = 0; i < 3; i++) {
        TestNode node = cluster.nodes().get(i);
        choices.add(new RandomSteps.Choice(Faults.kill(cluster, node), 0, 4_000));
        choices.add(new RandomSteps.Choice(Faults.restart(cluster, node), 0, 2_000));
        // Beyond the failure detector at times, so that a deposed owner wakes up.
        choices.add(new RandomSteps.Choice(cluster.pause(i), 500, 15_000));
        choices.add(new RandomSteps.Choice(cluster.partition(i), 500, 15_000));
      }
      choices.add(new RandomSteps.Choice(Faults.databaseStop(database), 500, 8_000));
      choices.add(
          new RandomSteps.Choice(
              Faults.databaseSlow(database, Duration.ofMillis(50)), 2_000, 10_000));
      choices.add(
          new RandomSteps.Choice(
              Faults.blackhole("database hangs", Window.Effect.MOVES, List.of(database.proxy())),
              500,
              8_000));
      assertClean(run.run(cluster, new RandomSteps(seed, length, Duration.ofSeconds(12), choices)));
    }
  }

  private static void assertClean(StoreRun.Result result) {
    assertThat(result.isClean()).as(result.report()).isTrue();
    assertThat(result.verdict().examined().values())
        .as(result.report())
        .allSatisfy(facts -> assertThat(facts).isGreaterThan(100));
  }

  @Test
  @Timeout(180)
  void aServerThatForgetsWhatItStoredIsFoundOut() throws Exception {
    var run = new StoreRun("store-forgetful", new StoreLoad(seed, 12, 0, 4, 2, 2, 2));
    try (TestCluster cluster =
        new OneNodeCluster(dir.resolve("data"), run.folder(), "durability=memory")) {
      TestNode node = cluster.nodes().get(0);
      node.start();
      cluster.awaitReady();
      StoreRun.Result result =
          run.run(
              cluster,
              List.of(
                      new Nemesis.Step(
                          Faults.kill(cluster, node), Duration.ofSeconds(3), Duration.ZERO))
                  .iterator());
      assertThat(result.broken()).as(result.report()).isEmpty();
      assertThat(result.verdict().violations())
          .as(result.report())
          .extracting(StoreViolation::check)
          .contains(LinearizabilityCheck.NAME, SurvivalCheck.NAME);
    }
  }
}
