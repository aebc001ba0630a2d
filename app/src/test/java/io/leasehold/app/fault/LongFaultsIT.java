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
 * The long run: {@code -Dfault.minutes} (default 10), {@code -Dfault.seed}, {@code -Dfault.rate}
 * (operations per second at most, default 1,500), {@code -Dfault.clients} (default 24). And the
 * proof that the whole harness notices a real server that loses what it said.
 */
@Tag("fault")
@Tag("alone")
class LongFaultsIT {
  private static final Duration WAKE_UP = Duration.ofSeconds(3);

  private final long seed = Long.getLong("fault.seed", System.nanoTime() & 0xff_ffff);

  @TempDir Path dir;

  private FaultRun longRun(String name) {
    var load =
        new Load(
            seed,
            Integer.getInteger("fault.clients", 24),
            Integer.getInteger("fault.rate", 1_500),
            8,
            4,
            6);
    return new FaultRun(name, load, WAKE_UP);
  }

  private RandomSteps byChance(List<RandomSteps.Choice> choices) {
    var length = Duration.ofMinutes(Integer.getInteger("fault.minutes", 10));
    return new RandomSteps(seed, length, Duration.ofSeconds(15), choices);
  }

  private static void assertClean(RunResult result) throws Exception {
    String report = result.report();
    assertThat(result.isClean()).as(report).isTrue();
    assertThat(result.verdict().examined().values())
        .as(report)
        .allSatisfy(facts -> assertThat(facts).isGreaterThan(100));
  }

  @Test
  @Timeout(value = 4, unit = TimeUnit.HOURS)
  void oneNodeKeepsItsPromisesThroughFaultsByChance() throws Exception {
    var run = longRun("one-node-long");
    try (TestCluster cluster = new OneNodeCluster(dir.resolve("data"), run.folder())) {
      TestNode node = cluster.nodes().get(0);
      node.start();
      cluster.awaitReady();
      try (var proxy = new ChaosProxy("127.0.0.1", node::lockAddress)) {
        var proxies = List.of(proxy);
        Window.Effect delays = Window.Effect.DELAYS;
        List<RandomSteps.Choice> choices =
            List.of(
                new RandomSteps.Choice(Faults.kill(cluster, node), 0, 4_000),
                new RandomSteps.Choice(Faults.restart(cluster, node), 0, 2_000),
                // Beyond every time-out at times: 5 s of the server, 7 s of the clients.
                new RandomSteps.Choice(Faults.pause(cluster, node, () -> {}), 500, 12_000),
                new RandomSteps.Choice(Faults.cut("cut off", delays, proxies), 100, 5_000),
                new RandomSteps.Choice(Faults.blackhole("blackhole", delays, proxies), 100, 12_000),
                new RandomSteps.Choice(
                    Faults.loseReplies("answers lost", delays, proxies), 100, 3_000));
        assertClean(run.run(cluster, () -> List.of(proxy.address()), byChance(choices)));
      }
    }
  }

  @Test
  @Timeout(value = 4, unit = TimeUnit.HOURS)
  void threeNodesKeepTheirPromisesThroughFaultsByChance() throws Exception {
    var run = longRun("three-nodes-long");
    try (var cluster = PostgresCluster.inNamespaces(3, dir, run.folder())) {
      cluster.start();
      var database = cluster.database();
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
      assertClean(run.run(cluster, cluster::addresses, byChance(choices)));
    }
  }

  @Test
  @Timeout(180)
  void aServerThatForgetsItsLeasesIsFoundOut() throws Exception {
    var run = new FaultRun("forgetful", new Load(seed, 16, 0, 4, 2, 6), WAKE_UP);
    try (TestCluster cluster =
        new OneNodeCluster(dir.resolve("data"), run.folder(), "durability=memory")) {
      TestNode node = cluster.nodes().get(0);
      node.start();
      cluster.awaitReady();
      RunResult result =
          run.run(
              cluster,
              cluster::addresses,
              List.of(
                      new Nemesis.Step(
                          Faults.kill(cluster, node), Duration.ofSeconds(3), Duration.ZERO),
                      new Nemesis.Step(
                          Faults.kill(cluster, node), Duration.ofSeconds(3), Duration.ZERO))
                  .iterator());
      String report = result.report();
      assertThat(result.broken()).as(report).isEmpty();
      assertThat(result.verdict().violations())
          .as(report)
          .extracting(Violation::check)
          .contains("durability");
    }
  }
}
