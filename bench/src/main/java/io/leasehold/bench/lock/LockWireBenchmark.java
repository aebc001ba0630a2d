package io.leasehold.bench.lock;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Refusal;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.RequestId;
import io.leasehold.streams.lock.wire.RequestReader;
import io.leasehold.streams.lock.wire.WireError;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Typical lines of the lock port: read to an operation, written from an answer. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LockWireBenchmark {

  /** The lines of one connection and what reads them. */
  @State(Scope.Thread)
  public static class Requests {
    final RequestReader reader = new RequestReader();
    final byte[] acquire =
        line(
            "{\"action\":\"acquire\",\"key\":\"user-123\",\"ttl\":300,\"pid\":\"web-worker\","
                + "\"host\":\"server-01\"}");
    final byte[] release = line("{\"action\":\"release\",\"key\":\"user-123\"}");
    final byte[] extendedAcquire =
        line(
            "{\"action\":\"acquire\",\"key\":\"orders/4711\",\"ttl_ms\":30000,\"owner\":\"w7\","
                + "\"wait_ms\":5000,\"limit\":5,\"permits\":2,\"metadata\":\"build \\\"41\\\"\","
                + "\"id\":\"a1\"}");

    private static byte[] line(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    LockOperation read(byte[] line) {
      WireError error = reader.read(line, 0, line.length);
      error = error != null ? error : reader.decodeAction();
      error = error != null ? error : reader.decodeMembers();
      if (error != null) {
        throw new IllegalStateException(error.text());
      }
      return reader.operation();
    }
  }

  /** The answers of one connection and the buffer they go to. */
  @State(Scope.Thread)
  public static class Answers {
    final LineBuffer out = new LineBuffer(1_024);
    final LockAnswer granted = new LockAnswer.Granted(71, 300_000, LockAnswer.NO_WAIT, 1);
    final LockAnswer waited = new LockAnswer.Granted(1_234_567_890, 30_000, 412, 1);
    final LockAnswer held = new LockAnswer.Refused(Refusal.HELD, 299_120);
    final RequestId id = new RequestId("a1", true);
  }

  @Benchmark
  public LockOperation readAcquire(Requests lines) {
    return lines.read(lines.acquire);
  }

  @Benchmark
  public LockOperation readRelease(Requests lines) {
    return lines.read(lines.release);
  }

  @Benchmark
  public LockOperation readExtendedAcquire(Requests lines) {
    return lines.read(lines.extendedAcquire);
  }

  @Benchmark
  public LineBuffer writeGranted(Answers answers) {
    answers.out.clear();
    AnswerWriter.answer(answers.out, answers.granted, null);
    return answers.out;
  }

  @Benchmark
  public LineBuffer writeGrantedAfterWait(Answers answers) {
    answers.out.clear();
    AnswerWriter.answer(answers.out, answers.waited, answers.id);
    return answers.out;
  }

  @Benchmark
  public LineBuffer writeHeld(Answers answers) {
    answers.out.clear();
    AnswerWriter.answer(answers.out, answers.held, null);
    return answers.out;
  }

  @Benchmark
  public LineBuffer writeReleased(Answers answers) {
    answers.out.clear();
    AnswerWriter.answer(answers.out, LockAnswer.Released.FREED, null);
    return answers.out;
  }
}
