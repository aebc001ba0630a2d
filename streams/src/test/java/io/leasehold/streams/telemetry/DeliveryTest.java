package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.config.telemetry.ConsoleSettings;
import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Backend;
import io.leasehold.streams.telemetry.backend.BackendException;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.TestLines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeliveryTest {
  /** A destination that does as it is told. */
  private static final class Scripted implements Backend {
    final List<String> arrived = new CopyOnWriteArrayList<>();
    final List<Boolean> maybeThere = new CopyOnWriteArrayList<>();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();
    volatile @Nullable BackendException failure;
    final AtomicInteger failures = new AtomicInteger(Integer.MAX_VALUE);
    volatile String poison = "\0";
    volatile String refused = "\0";
    volatile String refusedForGood = "\0";
    volatile @Nullable CountDownLatch hang;

    @Override
    public void open() {
      opened.incrementAndGet();
    }

    @Override
    public Outcome deliver(Batch batch) throws BackendException, InterruptedException {
      calls.incrementAndGet();
      maybeThere.add(batch.maybeThere());
      var latch = hang;
      if (latch != null) {
        latch.await();
        throw BackendException.retryable("connection", "broken off", null);
      }
      var why = failure;
      if (why != null && failures.getAndDecrement() > 0) {
        throw why;
      }
      var texts = texts(batch);
      if (texts.contains(poison)) {
        throw BackendException.data("bad " + poison, null);
      }
      var refusals = new ArrayList<Refusal>();
      for (int i = 0; i < texts.size(); i++) {
        if (texts.get(i).equals(refusedForGood)) {
          refusals.add(Refusal.deadLetter(i, DeadLetters.Reason.DATA_ERROR, "never"));
        } else if (texts.get(i).equals(refused)) {
          refusals.add(Refusal.dropped(i, DropReason.NOT_NUMERIC, "no number"));
        } else {
          arrived.add(texts.get(i));
        }
      }
      return new Outcome(refusals);
    }

    @Override
    public void abort() {
      var latch = hang;
      if (latch != null) {
        latch.countDown();
      }
    }

    @Override
    public void close() {}
  }

  private static List<String> texts(Batch batch) {
    var texts = new ArrayList<String>();
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      texts.add(new String(line.bytes(), line.from(), line.to() - line.from(), UTF_8));
    }
    return texts;
  }

  private final List<String> dead = new CopyOnWriteArrayList<>();
  private final AtomicInteger stored = new AtomicInteger();
  private final DeadLetters deadLetters =
      (backend, letters) -> {
        stored.incrementAndGet();
        for (DeadLetters.Letter each : letters) {
          texts(each.batch())
              .forEach(text -> dead.add(each.reason() + " " + text + " " + each.error()));
        }
      };
  private final TargetCounts counts = new TargetCounts("t");
  private final List<BackendSlot> slots = new ArrayList<>();
  private Clock slotClock = Clock.system();
  private @Nullable Target target;

  private static BackendSettings settings(String name, int maxAttempts, Duration timeout) {
    return new BackendSettings(
        name,
        "console",
        true,
        new ConsoleSettings(false),
        new BackendSettings.Batching(
            1, Long.MAX_VALUE, Duration.ofMillis(1), 100, 1 << 20, timeout, 1),
        1 << 20,
        Overflow.BLOCK,
        Duration.ofSeconds(2),
        Overflow.DROP_OLDEST,
        new BackendSettings.Retry(
            Duration.ofMillis(1), Duration.ofMillis(5), maxAttempts, Duration.ZERO),
        1 << 20,
        new BackendSettings.CircuitBreaker(3, 1, Duration.ofMillis(20), 3));
  }

  private Target start(int maxAttempts, Backend... backends) {
    return start(maxAttempts, Duration.ofSeconds(10), backends);
  }

  private Target start(int maxAttempts, Duration timeout, Backend... backends) {
    for (Backend each : backends) {
      slots.add(
          new BackendSlot(
              settings("b" + slots.size(), maxAttempts, timeout), each, null, slotClock));
    }
    var limits =
        new BufferLimits(
            1 << 20,
            0,
            Overflow.BLOCK,
            Overflow.DROP_OLDEST,
            Duration.ofSeconds(2).toNanos(),
            slots.get(0).settings().batch());
    var started = new Target("t", counts, limits, slots, Clock.system());
    target = started;
    started.start(deadLetters, () -> 0.5);
    return started;
  }

  private void send(Target to, String... texts) {
    var lines = new TestLines();
    for (String each : texts) {
      lines.add("s", 1, each);
    }
    Lines all = lines.lines();
    to.routed(all);
    assertThat(to.offer(all, () -> {})).isTrue();
  }

  @AfterEach
  void everythingIsAccountedFor() throws InterruptedException {
    if (target != null) {
      target.stop(TimeUnit.MILLISECONDS.toNanos(500), DropReason.SHUTDOWN);
      assertThat(target.inFlight()).isZero();
      assertThat(counts.routed())
          .isEqualTo(counts.delivered() + counts.dropped() + counts.deadLettered());
    }
  }

  @Test
  void whatFailsIsTriedAgain() {
    var backend = new Scripted();
    backend.failure = BackendException.retryable("io", "away", null).reopening().unknown();
    backend.failures.set(2);

    send(start(0, backend), "1", "2");

    Awaitility.await().untilAsserted(() -> assertThat(backend.arrived).containsExactly("1", "2"));
    assertThat(backend.opened).hasValue(3);
    assertThat(backend.maybeThere).containsExactly(false, true, true);
    Awaitility.await().until(() -> counts.delivered() == 2);
    assertThat(counts.retries()).isEqualTo(2);
  }

  @Test
  void onlyTheBadMessagesBecomeDeadLetters() {
    var backend = new Scripted();
    backend.poison = "bad";

    send(start(0, backend), "1", "2", "bad", "3", "4", "bad", "5");

    Awaitility.await().until(() -> counts.delivered() == 5 && counts.deadLettered() == 2);
    assertThat(backend.arrived).containsExactly("1", "2", "3", "4", "5");
    assertThat(dead).containsExactly("DATA_ERROR bad bad bad", "DATA_ERROR bad bad bad");
    assertThat(slots.get(0).state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void theDeadLettersOfABatchAreStoredTogetherUpToABound() {
    var backend = new Scripted();
    backend.poison = "bad";
    var texts = new String[100];
    Arrays.fill(texts, "bad");

    send(start(0, backend), texts);

    Awaitility.await().until(() -> counts.deadLettered() == 100);
    assertThat(stored).hasValue(2); // 64 and the rest
    assertThat(dead).hasSize(100);
  }

  @Test
  void whatIsRefusedByNameIsADeadLetterAndTheRestIsDelivered() {
    var backend = new Scripted();
    backend.refusedForGood = "bad";

    Target alone = start(0, backend);
    send(alone, "1", "bad", "bad", "2");

    Awaitility.await().until(() -> counts.delivered() == 2 && counts.deadLettered() == 2);
    assertThat(dead).containsExactly("DATA_ERROR bad never", "DATA_ERROR bad never");
    assertThat(stored).hasValue(1);
    Awaitility.await().until(() -> alone.inFlight() == 0);
  }

  @Test
  void aMessageThatMeansNothingIsDropped() {
    var backend = new Scripted();
    backend.refused = "x";

    send(start(0, backend), "x", "1", "x", "x", "2");

    Awaitility.await().until(() -> counts.delivered() == 2);
    assertThat(counts.dropped(DropReason.NOT_NUMERIC)).isEqualTo(3);
    assertThat(backend.arrived).containsExactly("1", "2");
  }

  @Test
  void whenAttemptsAreExhaustedTheBatchIsADeadLetter() {
    var backend = new Scripted();
    backend.failure = BackendException.retryable("io", "away", null);

    send(start(2, backend), "1");

    Awaitility.await().until(() -> counts.deadLettered() == 1);
    assertThat(dead).containsExactly("RETRY_EXHAUSTED 1 away");
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void aChainGoesOnToTheNextAndBack() {
    var first = new Scripted();
    var second = new Scripted();
    first.failure = BackendException.retryable("io", "away", null);
    Target chain = start(0, first, second);

    send(chain, "1");
    Awaitility.await().untilAsserted(() -> assertThat(second.arrived).containsExactly("1"));
    assertThat(slots.get(0).transitions(Breaker.State.OPEN)).isPositive();
    first.failure = null;

    Awaitility.await()
        .untilAsserted(
            () -> {
              send(chain, "again");
              assertThat(first.arrived).contains("again");
            });
    assertThat(slots.get(0).state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void aDeliveryThatHangsIsBrokenOffAndOpensTheBreaker() {
    var first = new Scripted();
    var second = new Scripted();
    first.hang = new CountDownLatch(1);
    send(start(0, Duration.ofMillis(10), first, second), "1");

    Awaitility.await()
        .untilAsserted(
            () -> {
              slots.forEach(BackendSlot::checkTime);
              assertThat(second.arrived).containsExactly("1");
            });
    assertThat(slots.get(0).lastReason()).isIn("timeout", "connection");
    assertThat(slots.get(0).wasTroubled()).isTrue();
  }

  @Test
  void aWrongSettingStopsTheAttempts() {
    var backend = new Scripted();
    backend.failure = BackendException.misconfigured("base_path: taken", null);
    Target alone = start(0, backend);
    send(alone, "1");

    Awaitility.await().until(() -> slots.get(0).isMisconfigured());
    send(alone, "2");

    assertThat(slots.get(0).state()).isEqualTo(Breaker.State.OPEN);
    assertThat(slots.get(0).lastError()).isEqualTo("base_path: taken");
    assertThat(backend.calls).hasValue(1);
  }

  @Test
  void whatWasSetUpWrongGoesOnWhenItIsMended() {
    var hand = new HandClock();
    slotClock = hand;
    var backend = new Scripted();
    backend.failure = BackendException.misconfigured("table t has no ingest_id", null);
    backend.failures.set(2);
    send(start(0, backend), "1");
    BackendSlot slot = slots.get(0);
    for (int attempts = 1; attempts <= 2; attempts++) {
      int opened = attempts;
      Awaitility.await().until(() -> slot.transitions(Breaker.State.OPEN) == opened);
      assertThat(slot.isMisconfigured()).isTrue();
      assertThat(backend.calls).hasValue(attempts);
      hand.advance(Duration.ofSeconds(60));
    }

    Awaitility.await().untilAsserted(() -> assertThat(backend.arrived).containsExactly("1"));
    Awaitility.await().until(() -> slot.state() == Breaker.State.CLOSED);
    assertThat(slot.isMisconfigured()).isFalse();
  }

  @Test
  void aBugOfABackendEndsNothing() {
    var backend =
        new Backend() {
          final AtomicInteger calls = new AtomicInteger();

          @Override
          public void open() {}

          @Override
          public Outcome deliver(Batch batch) {
            if (calls.getAndIncrement() == 0) {
              throw new IllegalStateException("a bug");
            }
            return Outcome.CONFIRMED;
          }

          @Override
          public void close() {}
        };

    send(start(0, backend), "1");

    Awaitility.await().until(() -> counts.delivered() == 1);
    assertThat(slots.get(0).lastReason()).isEqualTo("internal");
  }
}
