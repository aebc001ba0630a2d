package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that is cut off from the other one, does not give up as it should, and is still reached by
 * clients and reaches the database, while its partitions are served elsewhere: two owners for
 * seconds. With the fence of the journal nobody is told anything wrong; without it the checks find
 * that out, which shows that they would.
 */
@Tag("fault")
@Tag("alone")
class DeposedOwnerIT {
  private static final Duration WAKE_UP = Duration.ofSeconds(3);

  /** So long there are two owners, as far as they know. */
  private static final Duration TWO_OWNERS = Duration.ofSeconds(8);

  @TempDir Path dir;

  private RunResult run(String name, String sql) throws Exception {
    long seed = Long.getLong("fault.seed", System.nanoTime() & 0xff_ffff);
    var run = new FaultRun(name, new Load(seed, 24, 400, 4, 2, 4), WAKE_UP);
    try (var cluster = PostgresCluster.withAStubbornNode(dir, run.folder())) {
      cluster.start();
      cluster.database().execute(sql);
      var fault = cluster.deposition(cluster.highest());
      return run.run(
          cluster,
          cluster::addresses,
          List.of(new Nemesis.Step(fault, Duration.ofSeconds(1), TWO_OWNERS)).iterator());
    }
  }

  @Test
  @Timeout(180)
  void withoutTheFenceTheChecksFindWhatItAcknowledges() throws Exception {
    RunResult result =
        run(
            "no-fence",
            "ALTER TABLE event_journal DISABLE TRIGGER leasehold_fence,"
                + " DROP CONSTRAINT event_journal_pkey");

    assertThat(result.verdict().violations())
        .as(result.report())
        .extracting(Violation::check)
        .containsAnyOf("tokens", "exclusion", "durability");
  }

  @Test
  @Timeout(180)
  void withTheFenceNobodyIsToldAnythingWrong() throws Exception {
    RunResult result = run("fence", "SELECT 1");

    assertThat(result.isClean()).as(result.report()).isTrue();
    assertThat(result.history().size()).as(result.report()).isGreaterThan(500);
    try (var logs = Files.list(result.run().folder())) {
      String all =
          logs.filter(each -> each.toString().endsWith(".log"))
              .map(DeposedOwnerIT::read)
              .reduce("", String::concat);
      assertThat(all).as("both wrote").contains("duplicate key value violates unique constraint");
      assertThat(all).contains("the journal holds more than was known here");
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
