package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.LineSlab;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.TestLines;
import io.leasehold.streams.telemetry.spool.Cut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Lines of ten bytes, {@code <letter><importance>......\n}, and room for ten of them. */
class TargetBufferTest {
  private static final int LINE = 10;

  private final HandClock clock = new HandClock();
  private final TargetCounts counts = new TargetCounts("t");
  private final AtomicInteger woken = new AtomicInteger();
  private boolean open = true;

  private TargetBuffer buffer(Overflow overflow, int maxMessages) {
    return new TargetBuffer(
        counts, limits(10L * LINE, overflow, maxMessages, Overflow.DROP_NEWEST), clock, () -> open);
  }

  private static BufferLimits limits(
      long maxBytes, Overflow overflow, int maxMessages, Overflow whenDown) {
    return new BufferLimits(
        maxBytes,
        maxMessages,
        overflow,
        whenDown,
        Duration.ofSeconds(2).toNanos(),
        new BackendSettings.Batching(
            3, Long.MAX_VALUE, Duration.ofSeconds(5), 100, 1 << 20, Duration.ofSeconds(10), 1));
  }

  /** {@code "a1 b0"}: names and importance of the lines of one chunk. */
  private Lines lines(String spec) {
    var lines = new TestLines();
    for (String each : spec.split(" ")) {
      lines.add("s", 1, each + ".".repeat(LINE - 1 - each.length()), each.charAt(1) - '0');
    }
    return lines.lines();
  }

  private BufferOffer offer(TargetBuffer buffer, String spec) {
    Lines lines = lines(spec);
    counts.routed(lines);
    return buffer.offer(lines, woken::incrementAndGet);
  }

  /** What was routed before is offered once more. */
  private BufferOffer again(TargetBuffer buffer, String spec) {
    return buffer.offer(lines(spec), woken::incrementAndGet);
  }

  private void delivered(TargetBuffer buffer, Batch batch) {
    counts.delivered(batch);
    buffer.settled(batch, true);
  }

  private static List<String> names(Batch batch) {
    var names = new ArrayList<String>();
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      String text = new String(line.bytes(), line.from(), line.to() - line.from(), UTF_8);
      assertThat(text.charAt(1) - '0').isEqualTo(line.importance());
      names.add(text.substring(0, text.indexOf('.')));
    }
    return names;
  }

  private String drained(TargetBuffer buffer) throws InterruptedException {
    buffer.drain();
    var all = new ArrayList<String>();
    for (Batch batch = buffer.take(0); batch != null; batch = buffer.take(0)) {
      all.addAll(names(batch));
      counts.delivered(batch);
      buffer.settled(batch, true);
    }
    assertThat(buffer.held()).isZero();
    assertThat(buffer.heldBytes()).isZero();
    assertThat(counts.routed()).isEqualTo(counts.delivered() + counts.dropped());
    return String.join(" ", all);
  }

  private long overflowed() {
    return counts.dropped(DropReason.OVERFLOW);
  }

  @Test
  void aBatchStartsAtTheTriggerAndTakesAllThatWaits() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    offer(buffer, "a1 b1");
    assertThat(buffer.take(0)).isNull();

    offer(buffer, "c1 d1");

    assertThat(names(buffer.take(0))).containsExactly("a1", "b1", "c1", "d1");
    assertThat(buffer.held()).isEqualTo(4);
  }

  @Test
  void somethingImportantStartsABatchAtOnce() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);

    offer(buffer, "a3");

    assertThat(names(buffer.take(0))).containsExactly("a3");
  }

  @Test
  void aBatchTakesAtMostHalfTheBuffer() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    offer(buffer, "a1 b1 c1 d1 e1 f1 g1");

    assertThat(names(buffer.take(0))).containsExactly("a1", "b1", "c1", "d1", "e1");
    assertThat(buffer.take(0)).isNull();
  }

  @Test
  void aFullBufferThatMovesMakesOthersWait() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    offer(buffer, "a1 b1 c1 d1 e1 f1 g1 h1");

    assertThat(offer(buffer, "i1 j1 k1")).isEqualTo(BufferOffer.WAIT);
    assertThat(overflowed()).isZero();
    Batch batch = buffer.take(0);
    counts.delivered(batch);
    buffer.settled(batch, true);

    assertThat(woken).hasValue(1);
    assertThat(again(buffer, "i1 j1 k1")).isEqualTo(BufferOffer.DONE);
    assertThat(drained(buffer)).isEqualTo("f1 g1 h1 i1 j1 k1");
  }

  @Test
  void aFullBufferThatStandsStillDropsInstead() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    offer(buffer, "a1 b1 c1 d1 e1 f1 g1 h1 i1");
    clock.advance(Duration.ofSeconds(2));
    assertThat(offer(buffer, "x1 y1")).isEqualTo(BufferOffer.WAIT);
    clock.advance(Duration.ofNanos(1));

    assertThat(again(buffer, "x1 y1")).isEqualTo(BufferOffer.DONE);

    assertThat(overflowed()).isEqualTo(1);
    assertThat(drained(buffer)).isEqualTo("a1 b1 c1 d1 e1 f1 g1 h1 i1 x1");
  }

  @Test
  void behindAnOpenBreakerNobodyWaits() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    offer(buffer, "a1 b1 c1 d1 e1 f1 g1 h1 i1");
    open = false;

    assertThat(offer(buffer, "x1 y1 z1")).isEqualTo(BufferOffer.DONE);
    open = true; // half-open, say: until a batch arrives it is not trusted
    assertThat(offer(buffer, "q1")).isEqualTo(BufferOffer.DONE);

    assertThat(overflowed()).isEqualTo(3);
    Batch batch = buffer.take(0);
    counts.delivered(batch);
    buffer.settled(batch, true);
    offer(buffer, "k1 l1 m1 n1 o1");
    assertThat(offer(buffer, "p1")).isEqualTo(BufferOffer.WAIT);
  }

  @Test
  void theOldestGo() throws Exception {
    var buffer = buffer(Overflow.DROP_OLDEST, 0);
    offer(buffer, "a1 b1 c1 d1 e1");
    offer(buffer, "f1 g1 h1 i1 j1");

    assertThat(offer(buffer, "k1 l1 m1")).isEqualTo(BufferOffer.DONE);

    assertThat(overflowed()).isEqualTo(3);
    assertThat(drained(buffer)).isEqualTo("d1 e1 f1 g1 h1 i1 j1 k1 l1 m1");
  }

  @Test
  void whatGoesRoundBeforeATargetThatStandsStillKeepsNoChunk() throws Exception {
    long room = 16L * LineSlab.BYTES;
    var buffer =
        new TargetBuffer(
            counts, limits(room, Overflow.BLOCK, 0, Overflow.DROP_OLDEST), clock, () -> open);
    open = false;
    Lines chunk = lines("a1 " + "b1 ".repeat(3_000));
    long rounds = 2 * room / chunk.byteCount();
    for (long i = 0; i < rounds; i++) {
      counts.routed(chunk);
      buffer.offer(chunk, woken::incrementAndGet);
    }

    assertThat(overflowed()).isPositive();
    buffer.drain();
    Batch batch = buffer.take(0);
    assertThat(batch.parts()).noneMatch(part -> part.lines().bytes() == chunk.bytes());
    while (buffer.heldBytes() > room / 2) {
      delivered(buffer, batch);
      batch = buffer.take(0);
    }
    counts.routed(chunk);
    buffer.offer(chunk, woken::incrementAndGet); // it moves again: nothing is copied any more
    Batch last = batch;
    for (; batch != null; batch = buffer.take(0)) {
      delivered(buffer, batch);
      last = batch;
    }
    assertThat(last.parts().get(0).lines()).isSameAs(chunk);
    assertThat(counts.routed()).isEqualTo(counts.delivered() + counts.dropped());
  }

  @Test
  void theOldestGoAcrossChunksAndAreCountedForTheirSources() throws Exception {
    var buffer = buffer(Overflow.DROP_OLDEST, 0);
    Lines first = new TestLines().add("s", 1, "a1.......").add("r", 1, "b1.......").lines();
    counts.routed(first);
    buffer.offer(first, woken::incrementAndGet);
    offer(buffer, "c1 d1 e1");
    offer(buffer, "f1 g1 h1 i1 j1");

    offer(buffer, "k1");
    offer(buffer, "l1 m1 n1");

    assertThat(overflowed()).isEqualTo(4);
    assertThat(first.source(0).counts().dropped()).isEqualTo(1);
    assertThat(first.source(1).counts().dropped()).isEqualTo(1);
    assertThat(first.source(1).counts().inMemory()).isZero();
    assertThat(drained(buffer)).isEqualTo("e1 f1 g1 h1 i1 j1 k1 l1 m1 n1");
  }

  @Test
  void theNewestGo() throws Exception {
    var buffer = buffer(Overflow.DROP_NEWEST, 0);
    offer(buffer, "a1 b1 c1 d1 e1 f1 g1 h1");

    offer(buffer, "k1 l1 m1");

    assertThat(overflowed()).isEqualTo(1);
    assertThat(drained(buffer)).isEqualTo("a1 b1 c1 d1 e1 f1 g1 h1 k1 l1");
  }

  @Test
  void theLeastImportantGoAndOfThoseTheOldest() throws Exception {
    var buffer = buffer(Overflow.DROP_LOWEST_PRIORITY, 0);
    offer(buffer, "a2 b0 c1 d0 e1");
    offer(buffer, "f0 g1 h3 i2 j1");

    offer(buffer, "k2 l1");
    assertThat(overflowed()).isEqualTo(2); // b0 d0
    offer(buffer, "m2 n0 o1");
    assertThat(overflowed()).isEqualTo(5); // f0, then n0 that comes, then c1

    assertThat(drained(buffer)).isEqualTo("a2 e1 g1 h3 i2 j1 k2 l1 m2 o1");
  }

  @Test
  void whatComesGoesIfItIsTheLeastImportant() throws Exception {
    var buffer = buffer(Overflow.DROP_LOWEST_PRIORITY, 0);
    offer(buffer, "a2 b2 c2 d2 e2 f2 g2 h2 i2 j2");

    offer(buffer, "k0 l1 m3");

    assertThat(overflowed()).isEqualTo(3);
    assertThat(drained(buffer)).isEqualTo("b2 c2 d2 e2 f2 g2 h2 i2 j2 m3");
  }

  @Test
  void messagesAreBoundedTooIfWanted() throws Exception {
    var buffer = buffer(Overflow.DROP_NEWEST, 4);

    offer(buffer, "a1 b1 c1");
    offer(buffer, "d1 e1");

    assertThat(overflowed()).isEqualTo(1);
    assertThat(drained(buffer)).isEqualTo("a1 b1 c1 d1");
  }

  @Test
  void whatWaitsWhenItIsClosedIsCounted() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    offer(buffer, "a1 b1");

    buffer.close(DropReason.BACKEND_REMOVED);
    offer(buffer, "c1");

    assertThat(counts.dropped(DropReason.BACKEND_REMOVED)).isEqualTo(3);
    assertThat(buffer.isFinished()).isTrue();
    assertThat(drained(buffer)).isEmpty();
  }

  private boolean take(TargetBuffer buffer, String spec, Cut cut) {
    Lines lines = lines(spec);
    counts.routed(lines);
    return buffer.take(lines, cut);
  }

  @Test
  void spooledBatchesEndWhereChunksDo() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    assertThat(take(buffer, "a1 b1 c1", Cut.FREE)).isTrue();
    assertThat(take(buffer, "d1 e1", Cut.FREE)).isTrue();
    assertThat(take(buffer, "f1", Cut.FREE)).as("half of the room is taken").isFalse();

    assertThat(names(buffer.take(0))).containsExactly("a1", "b1", "c1", "d1", "e1");

    assertThat(take(buffer, "f1 g1 h1 i1 j1 k1", Cut.FREE)).as("the first always").isTrue();
    assertThat(names(buffer.take(0))).as("larger than a batch").hasSize(5);
    buffer.drain();
    assertThat(names(buffer.take(0))).containsExactly("k1");
  }

  @Test
  void aBatchOfBeforeARestartWaitsForAllOfItAndStandsAlone() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    take(buffer, "a1", Cut.FREE);
    take(buffer, "b1 c1", Cut.INSIDE);
    clock.advance(Duration.ofSeconds(5));
    assertThat(names(buffer.take(0))).containsExactly("a1");
    clock.advance(Duration.ofSeconds(50));
    assertThat(buffer.take(0)).isNull();
    assertThat(buffer.hasRoomFor(10 * LINE)).as("whatever the bounds are now").isTrue();

    take(buffer, "d1 e1 f1 g1", Cut.INSIDE);
    take(buffer, "h1", Cut.END);
    take(buffer, "i1", Cut.END);

    assertThat(names(buffer.take(0))).containsExactly("b1", "c1", "d1", "e1", "f1", "g1", "h1");
    assertThat(take(buffer, "i1", Cut.END)).isTrue();
    assertThat(names(buffer.take(0))).containsExactly("i1");
  }

  @Test
  void aBatchOfBeforeARestartWhoseEndIsGoneGoesAsFarAsItIs() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    take(buffer, "a1", Cut.INSIDE);
    assertThat(buffer.take(0)).isNull();

    buffer.endBatch();

    assertThat(names(buffer.take(0))).containsExactly("a1");
  }

  @Test
  void aStopLeavesAnIncompleteBatchToTheNextStart() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 0);
    take(buffer, "a1", Cut.INSIDE);

    buffer.drain();

    assertThat(buffer.take(0)).isNull();
    assertThat(buffer.isFinished()).isTrue();
    assertThat(names(buffer.takeSpooled())).containsExactly("a1");
  }

  @Test
  void whatWaitsGoesAtOnceWhenMoreHasNoRoom() throws Exception {
    var buffer = buffer(Overflow.BLOCK, 2);
    offer(buffer, "a1 b1");
    assertThat(buffer.take(0)).isNull();

    assertThat(offer(buffer, "c1")).isEqualTo(BufferOffer.WAIT);

    assertThat(names(buffer.take(0))).containsExactly("a1", "b1");
  }
}
