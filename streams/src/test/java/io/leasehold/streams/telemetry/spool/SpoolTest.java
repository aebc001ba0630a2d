package io.leasehold.streams.telemetry.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.config.telemetry.SpoolSettings;
import io.leasehold.config.telemetry.SpoolSettings.WhenFull;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.backend.TestLines;
import io.leasehold.streams.telemetry.spool.Submission.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The spool on a real disk: what it promises when it is full, cut, killed, or opened again. */
class SpoolTest {
  private static final long BIG = 1L << 30;

  @TempDir private Path dir;

  private final FakeTarget target = new FakeTarget();
  private final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
  private final Runnable owner = () -> {};
  private @Nullable Spool spool;
  private SpoolFeed feed;

  private static SpoolSettings settings(long maxBytes, long minFree, WhenFull whenFull) {
    return new SpoolSettings(SpoolSettings.Use.ACKED, null, maxBytes, minFree, whenFull);
  }

  private Spool opened(Path where, SpoolSettings settings) throws SpoolException {
    return opened(where, settings, Clock.system());
  }

  private Spool opened(Path where, SpoolSettings settings, Clock clock) throws SpoolException {
    return Spool.open(
        where,
        dir.resolve("native"),
        settings,
        42,
        name -> new Source(name, new SourceCounts(name)),
        clock);
  }

  private void open(Path where, SpoolSettings settings) throws SpoolException {
    open(where, settings, Clock.system());
  }

  private void open(Path where, SpoolSettings settings, Clock clock) throws SpoolException {
    Spool fresh = opened(where, settings, clock);
    spool = fresh;
    feed = fresh.feed("t", target);
    assertThat(fresh.forgetUnclaimed()).isEmpty();
    fresh.start(name -> true);
  }

  private void open() throws SpoolException {
    open(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST));
  }

  @AfterEach
  void close() throws InterruptedException {
    if (spool != null) {
      spool.close();
      spool = null;
    }
  }

  private void submit(StreamBook.@Nullable Entry stream, long number, String... texts) {
    var lines = new TestLines();
    for (String each : texts) {
      lines.add("s", 1_000, each);
    }
    long first = spool.numbers().getAndAdd(texts.length);
    spool.submit(
        new Submission(
            List.of(new Submission.Copies(feed, lines.lines().under(spool.origin(), first))),
            stream,
            owner,
            number,
            true,
            2_000,
            outcomes::add));
  }

  /** Submits units of one line each, and waits for each. */
  private void store(int from, int to) {
    for (int i = from; i < to; i++) {
      int before = outcomes.size();
      submit(null, 0, "m" + i);
      await(() -> outcomes.size() == before + 1);
    }
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().pollInterval(1, TimeUnit.MILLISECONDS).until(condition);
  }

  private static List<String> texts(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "m" + i).toList();
  }

  /** The files as a process that is killed now would leave them. */
  private Path killed(String name) throws IOException {
    Path copy = Files.createDirectories(dir.resolve(name));
    try (Stream<Path> files = Files.list(dir.resolve("spool"))) {
      for (Path each : files.filter(file -> !file.endsWith("LOCK")).toList()) {
        Files.copy(each, copy.resolve(each.getFileName()));
      }
    }
    return copy;
  }

  private static Path log(Path where) throws IOException {
    try (Stream<Path> files = Files.list(where)) {
      return files
          .filter(each -> each.toString().endsWith(".log"))
          .max(java.util.Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  @Test
  void whoKeepsUpGetsWhatIsCommittedFromMemory() throws Exception {
    open();

    submit(null, 0, "a", "b");
    submit(null, 0, "c");
    await(() -> outcomes.size() == 2);

    assertThat(outcomes).containsOnly(Outcome.COMMITTED);
    assertThat(target.got()).containsExactly("a", "b", "c");
    assertThat(target.inMemory()).isZero(); // nothing went to the disk alone
    assertThat(feed.outstanding()).isEqualTo(3);
    Batch all = target.takeAll();
    assertThat(all.maybeThere()).isFalse();
    feed.settled(all);
    assertThat(feed.outstanding()).isZero();
    assertThat(spool.liveBytes()).isZero();
  }

  @Test
  void whoLagsReadsFromTheDiskInOrder() throws Exception {
    open();
    target.room(2);

    store(0, 50);

    assertThat(target.got()).isEqualTo(texts(0, 2));
    assertThat(target.inMemory()).isEqualTo(-48);
    assertThat(feed.outstanding()).isEqualTo(50);
    for (int i = 0; i < 50; i++) {
      int want = Math.min(50, i + 2);
      await(() -> target.got().size() == want);
      feed.settled(target.takeOne());
    }
    assertThat(target.got()).isEqualTo(texts(0, 50));
    assertThat(target.inMemory()).isZero();
    store(50, 52);
    assertThat(target.got()).isEqualTo(texts(0, 52));
    assertThat(target.inMemory()).isZero();
  }

  @Test
  void aTargetThatHangsHoldsUpNoOther() throws Exception {
    open();
    target.room(0);
    var other = new FakeTarget();
    SpoolFeed others = spool.feed("other", other);
    for (int i = 0; i < 20; i++) {
      var lines = new TestLines().add("s", 1, "m" + i).lines().under(spool.origin(), 100 + i);
      spool.submit(
          new Submission(
              List.of(new Submission.Copies(feed, lines), new Submission.Copies(others, lines)),
              null,
              owner,
              0,
              true,
              2,
              outcomes::add));
    }

    await(() -> other.got().size() == 20);
    others.settled(other.takeAll());

    assertThat(target.got()).isEmpty();
    assertThat(spool.lags()).containsEntry("t", 20L).containsEntry("other", 0L);
  }

  @Test
  void whatIsNotSettledIsThereAfterAKill() throws Exception {
    open();
    store(0, 10);
    StreamBook.Entry stream = spool.streams().claim(new StreamBook.Key("s", "x"), owner, 1);
    submit(stream, 7, "m10");
    await(() -> outcomes.size() == 11);
    long origin = spool.origin();
    Path left = killed("killed");
    close();

    var again = new FakeTarget();
    spool = opened(left, settings(BIG, 0, WhenFull.DROP_OLDEST));
    feed = spool.feed("t", again);
    assertThat(spool.recovered()).isEqualTo(11);
    assertThat(feed.outstanding()).isEqualTo(11);
    assertThat(spool.numbers().get()).isEqualTo(11);
    assertThat(spool.streams().all()).containsEntry(new StreamBook.Key("s", "x"), 7L);
    assertThat(spool.origin()).isEqualTo(origin);
    spool.start(name -> true);

    await(() -> again.got().size() == 11);
    assertThat(again.got()).isEqualTo(texts(0, 11));
    // the process that was killed may have delivered them
    assertThat(again.takeAll().maybeThere()).isTrue();
  }

  @Test
  void whatIsSettledDoesNotComeAgainAfterAStop() throws Exception {
    open();
    store(0, 10);
    feed.settled(target.takeOne());
    feed.settled(target.takeOne());
    close();

    open();
    await(() -> target.got().size() == 10 + 8);

    assertThat(spool.recovered()).isEqualTo(8);
    assertThat(target.got().subList(10, 18)).isEqualTo(texts(2, 10));
  }

  @Test
  void aPositionIsOnlyStoredWhenTheDestinationIsSafe() throws Exception {
    open();
    store(0, 3);
    close();
    spool = opened(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST));
    var unsafe = new FakeTarget();
    feed = spool.feed("t", unsafe);
    spool.start(name -> false);
    await(() -> unsafe.got().size() == 3);
    feed.settled(unsafe.takeAll());
    close();

    spool = opened(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST));

    assertThat(spool.feed("t", new FakeTarget()).outstanding()).isEqualTo(3);
    spool.start(name -> true);
  }

  @Test
  void cutAnywhereItsEndLosesOnlyWhatWasCut() throws Exception {
    open();
    target.room(0);
    var ends = new ArrayList<Long>(); // of the log, when a unit was answered
    Path log = log(dir.resolve("spool"));
    for (int i = 0; i < 60; i++) {
      store(i, i + 1);
      ends.add(Files.size(log));
    }
    Path left = killed("left");
    close();
    long size = Files.size(log(left));
    assertThat(ends.get(59)).isEqualTo(size);
    long seed = new Random().nextLong();
    var random = new Random(seed);

    for (int i = 0; i < 20; i++) {
      long cut = ends.get(0) + random.nextLong(size - ends.get(0));
      int whole = (int) ends.stream().filter(end -> end <= cut).count();
      Path copy = Files.createDirectories(dir.resolve("cut" + i));
      try (Stream<Path> files = Files.list(left)) {
        for (Path each : files.toList()) {
          Files.copy(each, copy.resolve(each.getFileName()));
        }
      }
      try (FileChannel channel = FileChannel.open(log(copy), StandardOpenOption.WRITE)) {
        channel.truncate(cut);
      }

      var again = new FakeTarget();
      spool = opened(copy, settings(BIG, 0, WhenFull.DROP_OLDEST));
      feed = spool.feed("t", again);
      spool.start(name -> true);

      String what = "seed " + seed + ", cut at " + cut + " of " + size;
      assertThat(feed.outstanding()).as(what).isEqualTo(whole);
      await(() -> again.got().size() == whole);
      assertThat(again.got()).as(what).isEqualTo(texts(0, whole));
      if (ends.contains(cut)) {
        assertThat(spool.repairedBytes()).as(what).isZero();
      } else {
        assertThat(spool.repairedBytes()).as(what).isPositive();
      }
      close();
    }
  }

  @Test
  void aSecondOneIsRefused() throws Exception {
    open();

    assertThatThrownBy(() -> opened(dir.resolve("spool"), settings(BIG, 0, WhenFull.BLOCK)))
        .isInstanceOf(SpoolException.class)
        .hasMessageStartingWith(
            "spool.dir = " + dir.resolve("spool") + ": another process uses it (");
  }

  @Test
  void whoLagsLosesItsOldestWhenItIsFull() throws Exception {
    open(dir.resolve("spool"), settings(2 << 20, 0, WhenFull.DROP_OLDEST));
    target.room(0);
    var quick = new FakeTarget();
    SpoolFeed quicks = spool.feed("quick", quick);
    String text = "x".repeat(10_000);
    for (int i = 0; i < 400; i++) {
      var lines = new TestLines().add("s", 1, i + text).lines().under(spool.origin(), 100 + i);
      spool.submit(
          new Submission(
              List.of(new Submission.Copies(feed, lines), new Submission.Copies(quicks, lines)),
              null,
              owner,
              0,
              true,
              2,
              outcomes::add));
      int sent = i + 1;
      await(() -> quick.got().size() == sent);
      quicks.settled(quick.takeAll());
    }
    await(() -> outcomes.size() == 400);

    assertThat(outcomes).containsOnly(Outcome.COMMITTED);
    assertThat(quick.lost).isEmpty();
    assertThat(spool.liveBytes()).isLessThanOrEqualTo(2 << 20);
    long lost = target.lost.get(DropReason.SPOOL_FULL);
    assertThat(lost).isBetween(190L, 230L);
    assertThat(feed.outstanding()).isEqualTo(400 - lost);
    target.room(1000);
    await(() -> target.got().size() == 400 - lost);
    assertThat(target.got().get(0)).startsWith(lost + "x");
  }

  @Test
  void whatIsBeingDeliveredIsNotLostToAFullSpool() throws Exception {
    open(dir.resolve("spool"), settings(1 << 20, 0, WhenFull.DROP_OLDEST));
    target.room(1);
    submit(null, 0, "first");
    await(() -> target.got().size() == 1);
    var underWay = target.takeOne();
    target.room(0);
    String text = "x".repeat(60_000);
    for (int i = 0; i < 40; i++) {
      submit(null, 0, text);
    }
    await(() -> outcomes.size() == 41);

    long lost = target.lost.get(DropReason.SPOOL_FULL);
    assertThat(feed.outstanding()).isEqualTo(41 - lost);
    feed.settled(underWay);
    assertThat(feed.outstanding()).isEqualTo(40 - lost);
  }

  @Test
  void nobodyIsReadWhileItIsFullIfThatIsWanted() throws Exception {
    open(dir.resolve("spool"), settings(1 << 20, 0, WhenFull.BLOCK));
    var told = new CopyOnWriteArrayList<Boolean>();
    spool.addReader(told::add);
    String text = "x".repeat(60_000);
    for (int i = 0; i < 20; i++) {
      submit(null, 0, text);
    }
    await(() -> told.equals(List.of(false)));
    assertThat(spool.state()).isEqualTo(Spool.State.FULL);
    int before = outcomes.size();
    assertThat(before).isBetween(1, 19);

    feed.settled(target.takeAll());

    await(() -> outcomes.size() == 20);
    assertThat(outcomes).containsOnly(Outcome.COMMITTED);
    assertThat(told).containsExactly(false, true);
    assertThat(target.lost).isEmpty();
  }

  @Test
  void withoutRoomOnTheDiskNothingIsTakenAndNothingIsHeldUp() throws Exception {
    open();
    StreamBook.Entry stream = spool.streams().claim(new StreamBook.Key("s", "x"), owner, 1);
    submit(stream, 1, "m0");
    await(() -> outcomes.size() == 1);
    spool.settings(settings(BIG, Long.MAX_VALUE / 2, WhenFull.DROP_OLDEST));

    await(
        () -> { // it looks ten times a second
          int before = outcomes.size();
          submit(stream, 2, "m1");
          await(() -> outcomes.size() == before + 1);
          return outcomes.get(before) == Outcome.FULL;
        });
    assertThat(spool.state()).isEqualTo(Spool.State.FULL);
    long known = stream.settled();
    spool.settings(settings(BIG, 0, WhenFull.DROP_OLDEST));
    await(
        () -> {
          int before = outcomes.size();
          submit(stream, 9, "m2");
          await(() -> outcomes.size() == before + 1);
          return outcomes.get(before) == Outcome.COMMITTED;
        });

    assertThat(spool.state()).isEqualTo(Spool.State.OPEN);
    assertThat(stream.settled()).as("behind the gap").isEqualTo(known);
  }

  @Test
  void whatIsInHandIsAnsweredWhenSomethingUnforeseenEndsIt() throws Exception {
    var broken = new AtomicBoolean();
    var clock =
        new Clock() {
          @Override
          public long nanos() {
            if (broken.get()
                && Thread.currentThread().getName().equals("leasehold-telemetry-spool")) {
              throw new IllegalStateException("on purpose");
            }
            return Clock.system().nanos();
          }

          @Override
          public long wallMillis() {
            return Clock.system().wallMillis();
          }
        };
    open(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST), clock);
    store(0, 1);

    broken.set(true);
    store(1, 3);

    assertThat(outcomes).containsExactly(Outcome.COMMITTED, Outcome.FAILED, Outcome.FAILED);
  }

  @Test
  void whoWasReplacedStoresNothingMore() throws Exception {
    open();
    StreamBook.Entry stream = spool.streams().claim(new StreamBook.Key("s", "x"), owner, 1);
    spool.streams().claim(new StreamBook.Key("s", "x"), () -> {}, 2);

    submit(stream, 1, "m0");

    assertThat(outcomes).containsExactly(Outcome.REPLACED);
    assertThat(target.got()).isEmpty();
  }

  @Test
  void theSpaceOfWhatIsSettledComesBackWhileItRuns() throws Exception {
    open();
    String text = "x".repeat(60_000);
    for (int i = 0; i < 150; i++) { // 90 MB
      int before = outcomes.size();
      for (int j = 0; j < 10; j++) {
        submit(null, 0, text);
      }
      await(() -> outcomes.size() == before + 10);
      feed.settled(target.takeAll());
    }

    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(bytesOnDisk()).isLessThan(75 << 20));
    assertThat(spool.liveBytes()).isZero();
  }

  private long bytesOnDisk() throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.list(dir.resolve("spool"))) {
      for (Path each : files.toList()) {
        sum += Files.exists(each) ? Files.size(each) : 0;
      }
    }
    return sum;
  }

  @Test
  void copiesOfATargetThatIsGoneAreToldAndForgotten() throws Exception {
    open();
    store(0, 3);
    close();
    var all = opened(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST));
    spool = all;

    assertThat(all.forgetUnclaimed()).containsExactly(java.util.Map.entry("t", 3L));
    assertThat(all.recovered()).isEqualTo(3);
    all.start(name -> true);
    close();

    spool = opened(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST));
    assertThat(spool.forgetUnclaimed()).isEmpty();
    assertThat(spool.feed("t", target).outstanding()).isZero();
    spool.start(name -> true);
  }

  @Test
  void aTargetThatEndsLosesWhatItWasNotGiven() throws Exception {
    open();
    target.room(1);
    store(0, 5);

    feed.close();

    assertThat(target.lost).containsExactly(java.util.Map.entry(DropReason.BACKEND_REMOVED, 4L));
    assertThat(feed.outstanding()).isEqualTo(1);
    feed.settled(target.takeOne());
    assertThat(feed.outstanding()).isZero();
    assertThat(spool.liveBytes()).isZero();
  }

  /** Opens what a kill would have left behind. */
  private void reopen(Path left) throws Exception {
    close();
    target.cuts.clear();
    target.takeAll();
    open(left, settings(BIG, 0, WhenFull.DROP_OLDEST));
  }

  private String cuts(int units) {
    await(() -> target.cuts.size() == units);
    return target.cuts.stream()
        .map(each -> each == Cut.FREE ? "." : each == Cut.END ? "]" : "-")
        .reduce("", String::concat);
  }

  @Test
  void batchesThatWereKeptComeAgainAsTheyWereAfterAKill() throws Exception {
    spool = opened(dir.resolve("spool"), settings(BIG, 0, WhenFull.DROP_OLDEST));
    feed = spool.feed("t", target);
    spool.start(name -> false); // no position is stored
    store(0, 9);
    Batch first = target.take(2);
    target.take(3);
    Batch third = target.take(1);
    feed.keep(third); // the threads of a target go at their own pace
    feed.keep(first);
    feed.settled(first);
    feed.settled(third);

    reopen(killed("killed"));

    // all comes again; what was not kept goes into any batch
    assertThat(cuts(9)).isEqualTo("-]...]...");
    Batch again = target.take(2);
    feed.keep(again);
    feed.settled(again);
    feed.settled(target.takeAll());
    assertThat(spool.liveBytes()).isZero();
  }

  @Test
  void aKeptBatchIsForgottenWhenThePositionOnTheDiskHasPassedIt() throws Exception {
    open();
    store(0, 4);
    Batch first = target.take(2);
    feed.keep(first);
    feed.settled(first);
    Batch second = target.take(1);
    feed.keep(second);
    close(); // stores the position
    target.cuts.clear();
    target.takeAll();

    open();

    assertThat(cuts(2)).isEqualTo("].");
    Batch again = target.take(1);
    feed.keep(again);
    feed.settled(again);
    feed.settled(target.takeAll());
    close();
    open();
    store(4, 6);
    assertThat(cuts(4)).isEqualTo("]...");
  }
}
