package io.leasehold.bench.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.lock.Refusal;
import io.leasehold.streams.lock.wire.LineBuffer;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** A benchmark that measures something wrong is worse than none. */
class LockBenchmarksTest {
  private final LockRulesBenchmark rules = new LockRulesBenchmark();
  private final LockWireBenchmark wire = new LockWireBenchmark();

  @Test
  void aFreeKeyIsTakenAndFreeAgain() {
    var free = new LockRulesBenchmark.FreeKey();
    for (int i = 0; i < 1_000; i++) {
      assertThat(rules.acquireAndRelease(free)).isEqualTo(LockAnswer.Released.FREED);
    }
    free.key.decide(free.acquire, 0);
    // every acquire and every release took one number
    assertThat(free.key.lastAnswer())
        .isEqualTo(new LockAnswer.Granted(2_001, 30_000, LockAnswer.NO_WAIT, 1));
  }

  @Test
  void aHeldKeyIsRefusedWithTheTimeLeft() {
    var held = new LockRulesBenchmark.HeldKey();
    assertThat(rules.refuse(held)).isEqualTo(new LockAnswer.Refused(Refusal.HELD, 86_400_000));
  }

  @Test
  void aKeyGoesRoundItsQueueInOrderAndTheQueueStaysAsLong() {
    var queued = new LockRulesBenchmark.QueuedKey();
    queued.waiters = 5;
    queued.queue();
    assertThat(queued.key.waiterCount()).isEqualTo(5);
    long last = 1;
    for (int i = 1; i <= 13; i++) {
      var granted = (LockAnswer.Granted) rules.handOver(queued);
      assertThat(granted.token()).isGreaterThan(last);
      last = granted.token();
      assertThat(queued.key.lastAnswered()).isEqualTo(i % 6);
      assertThat(queued.key.waiterCount()).isEqualTo(5);
    }
  }

  @Test
  void linesAreReadToWhatTheyAskFor() {
    var lines = new LockWireBenchmark.Requests();
    assertThat(wire.readAcquire(lines))
        .isEqualTo(
            new LockOperation.Acquire(
                "web-worker@server-01", 300_000, 0, 1, 1, Mode.EXCLUSIVE, false, null, null));
    assertThat(wire.readRelease(lines)).isEqualTo(new LockOperation.Release(null, 0, null));
    assertThat(wire.readExtendedAcquire(lines))
        .isEqualTo(
            new LockOperation.Acquire(
                "w7", 30_000, 5_000, 5, 2, Mode.EXCLUSIVE, false, "build \"41\"", "sa1"));
  }

  private static String text(LineBuffer out) {
    return new String(out.toByteArray(), StandardCharsets.UTF_8);
  }

  @Test
  void answersAreWrittenWhole() {
    var answers = new LockWireBenchmark.Answers();
    assertThat(text(wire.writeGranted(answers)))
        .isEqualTo("{\"success\":true,\"token\":71,\"ttl_ms\":300000}\n");
    assertThat(text(wire.writeGrantedAfterWait(answers)))
        .isEqualTo(
            "{\"success\":true,\"token\":1234567890,\"ttl_ms\":30000,\"waited_ms\":412,"
                + "\"id\":\"a1\"}\n");
    assertThat(text(wire.writeHeld(answers)))
        .isEqualTo("{\"success\":false,\"reason\":\"held\",\"ttl_ms\":299120}\n");
    assertThat(text(wire.writeReleased(answers))).isEqualTo("{\"success\":true}\n");
  }

  /** Through the harness itself: without its annotation processor it finds none. */
  @Test
  void theHarnessFindsAndRunsEveryBenchmark() throws Exception {
    var options =
        new OptionsBuilder()
            .include("^io\\.leasehold\\.bench\\.lock\\.")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(1))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    var ran = new TreeSet<String>();
    for (RunResult each : results) {
      ran.add(each.getParams().getBenchmark());
      assertThat(each.getPrimaryResult().getScore()).isPositive();
    }
    var written = new TreeSet<String>();
    for (Class<?> type : new Class<?>[] {LockRulesBenchmark.class, LockWireBenchmark.class}) {
      benchmarks(type).forEach(each -> written.add(type.getName() + '.' + each.getName()));
    }
    assertThat(ran).isEqualTo(written).hasSize(10);
  }

  private static Stream<Method> benchmarks(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(each -> each.isAnnotationPresent(Benchmark.class));
  }
}
