package io.leasehold.streams.telemetry.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.telemetry.SpoolSettings;
import io.leasehold.config.telemetry.SpoolSettings.WhenFull;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.backend.TestLines;
import io.leasehold.streams.telemetry.spool.Submission.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full spool that gives up what is least important, on a real disk. */
class SpoolThinningTest {
  private static final int BYTES = 2 << 20;
  private static final String TEXT = "x".repeat(2_500);

  @TempDir private Path dir;

  private final FakeTarget target = new FakeTarget();
  private final FakeTarget quick = new FakeTarget();
  private final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
  private @Nullable Spool spool;
  private SpoolFeed feed;
  private SpoolFeed quicks;

  private void open(Path where) throws SpoolException {
    spool =
        Spool.open(
            where,
            dir.resolve("native"),
            new SpoolSettings(
                SpoolSettings.Use.ACKED, null, BYTES, 0, WhenFull.DROP_LOWEST_PRIORITY),
            42,
            name -> new Source(name, new SourceCounts(name)),
            Clock.system());
    feed = spool.feed("t", target);
    quicks = spool.feed("quick", quick);
    spool.start(name -> true);
  }

  @AfterEach
  void close() throws InterruptedException {
    if (spool != null) {
      spool.close();
      spool = null;
    }
  }

  /** Units of four lines of {@value #TEXT} and more, one of each importance; waits for each. */
  private void store(int from, int to) {
    for (int i = from; i < to; i++) {
      var lines = new TestLines();
      for (int worth = 0; worth < 4; worth++) {
        lines.add("s", 1_000, worth + " " + i + " " + TEXT, worth);
      }
      var unit = lines.lines().under(spool.origin(), spool.numbers().getAndAdd(4));
      spool.submit(
          new Submission(
              List.of(new Submission.Copies(feed, unit), new Submission.Copies(quicks, unit)),
              null,
              () -> {},
              0,
              true,
              2_000,
              outcomes::add));
      int sent = i + 1;
      await(() -> outcomes.size() == sent && quick.got().size() == 4 * sent);
      quicks.settled(quick.takeAll());
    }
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .until(condition);
  }

  private long lost() {
    return target.lost.getOrDefault(DropReason.SPOOL_FULL, 0L);
  }

  /** The numbers of the units of which it got the line of an importance, in their order. */
  private List<Integer> got(int worth) {
    return target.got().stream()
        .filter(each -> each.startsWith(worth + " "))
        .map(each -> Integer.parseInt(each.split(" ")[1]))
        .toList();
  }

  private void settleAll(int copies) {
    target.room(Integer.MAX_VALUE);
    await(() -> target.got().size() == copies);
    Batch all = target.takeAll();
    feed.settled(all);
  }

  @Test
  void theLeastImportantGoFirstAndOfThemTheOldest() throws Exception {
    open(dir.resolve("spool"));
    target.room(0);

    store(0, 400); // 4 MB, of which half fits

    assertThat(outcomes).containsOnly(Outcome.COMMITTED);
    assertThat(quick.lost).isEmpty();
    assertThat(spool.liveBytes()).isLessThanOrEqualTo(BYTES);
    assertThat(lost()).isBetween(750L, 950L);
    assertThat(feed.outstanding()).isEqualTo(1_600 - lost());
    settleAll((int) (1_600 - lost()));

    assertThat(got(3)).hasSize(400).isSorted();
    assertThat(got(2)).hasSizeGreaterThan(330);
    assertThat(got(1).size()).isLessThan(50);
    assertThat(got(0).size()).isLessThanOrEqualTo(got(1).size());
    for (int worth = 0; worth < 3; worth++) { // what is left of it is the newest
      List<Integer> left = got(worth);
      assertThat(left).isSorted();
      assertThat(left.isEmpty() || left.get(0) == 400 - left.size()).as("%s", left).isTrue();
    }
    assertThat(feed.outstanding()).isZero();
    assertThat(spool.liveBytes()).isZero();
  }

  @Test
  void whatIsMostImportantGoesLastAndTheOldestOfIt() throws Exception {
    open(dir.resolve("spool"));
    target.room(0);

    store(0, 1_000); // 2.5 MB of importance 3 alone

    assertThat(spool.liveBytes()).isLessThanOrEqualTo(BYTES);
    settleAll((int) (4_000 - lost()));
    assertThat(got(3)).hasSizeBetween(600, 840).isSorted().endsWith(999);
    assertThat(feed.outstanding()).isZero();
    assertThat(spool.liveBytes()).isZero();
  }

  @Test
  void aKillForgetsNothingOfIt() throws Exception {
    open(dir.resolve("spool"));
    target.room(0);
    store(0, 400);
    long left = 1_600 - lost();
    Path killed = Files.createDirectories(dir.resolve("killed"));
    try (Stream<Path> files = Files.list(dir.resolve("spool"))) {
      for (Path each : files.filter(file -> !file.endsWith("LOCK")).toList()) {
        Files.copy(each, killed.resolve(each.getFileName()));
      }
    }
    close();

    open(killed);

    assertThat(feed.outstanding()).isEqualTo(left);
    assertThat(spool.liveBytes()).isLessThanOrEqualTo(BYTES);
    settleAll((int) left);
    assertThat(got(3)).hasSize(400);
    assertThat(feed.outstanding()).isZero();
  }

  @Test
  void whatATargetHasIsNotTakenFromIt() throws Exception {
    open(dir.resolve("spool"));
    target.room(1);

    store(0, 400);

    assertThat(got(0)).containsExactly(0);
    assertThat(feed.outstanding()).isEqualTo(1_600 - lost());
    settleAll((int) (1_600 - lost()));
    assertThat(got(0)).startsWith(0);
    assertThat(got(3)).hasSize(400);
    assertThat(feed.outstanding()).isZero();
  }
}
