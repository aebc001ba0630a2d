package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.LineSlab;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.TestLines;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines that wait packed are the lines that would wait as they came. */
class PackedLinesTest {
  private static final int STEPS = 600;
  private static final long ROOM = 3L * LineSlab.BYTES;

  private final TargetCounts plainCounts = new TargetCounts("plain");
  private final TargetCounts packedCounts = new TargetCounts("packed");
  private final WaitingLines plain = new WaitingLines(plainCounts);
  private final WaitingLines packed = new WaitingLines(packedCounts);
  private long number;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void bothHoldDropAndHandOutTheSame(long seed) {
    var random = new Random(seed);
    List<Batch> fromPlain = new ArrayList<>();
    List<Batch> fromPacked = new ArrayList<>();
    packed.pack();
    for (int step = 0; step < STEPS; step++) {
      switch (random.nextInt(40)) {
        case 0 -> packed.pack();
        case 1 -> packed.packNoMore();
        case 2 -> {
          if (!plain.isEmpty()) {
            int most = 1 + random.nextInt(3_000);
            fromPlain.add(plain.take(most, ROOM / 4));
            fromPacked.add(packed.take(most, ROOM / 4));
          }
        }
        case 3 -> {
          int level = random.nextInt(WaitingLines.IMPORTANCES);
          long less = plain.bytes() - random.nextInt(100_000);
          plain.dropLevel(level, () -> plain.bytes() <= less);
          packed.dropLevel(level, () -> packed.bytes() <= less);
        }
        default -> {
          Lines lines = chunk(random);
          long room = ROOM - lines.byteCount();
          plain.dropOldest(() -> plain.bytes() <= room);
          packed.dropOldest(() -> packed.bytes() <= room);
          plain.append(lines);
          packed.append(lines);
        }
      }
      assertThat(packed.bytes()).isEqualTo(plain.bytes());
      assertThat(packed.messages()).isEqualTo(plain.messages());
      assertThat(packed.hasUrgent()).isEqualTo(plain.hasUrgent());
      assertThat(packed.isEmpty()).isEqualTo(plain.isEmpty());
      if (!plain.isEmpty()) {
        assertThat(packed.oldestNanos()).isLessThanOrEqualTo(plain.oldestNanos());
      }
      if (fromPlain.size() > 5) { // they were under way while much went round
        assertThat(told(fromPacked.remove(0))).isEqualTo(told(fromPlain.remove(0)));
      }
    }
    assertThat(packedCounts.dropped(DropReason.OVERFLOW))
        .isEqualTo(plainCounts.dropped(DropReason.OVERFLOW))
        .isPositive();
    fromPlain.add(plain.takeAll());
    fromPacked.add(packed.takeAll());
    for (int i = 0; i < fromPlain.size(); i++) {
      assertThat(told(fromPacked.get(i))).isEqualTo(told(fromPlain.get(i)));
    }
  }

  @Test
  void whatGoesRoundUsesTheSameMemory() {
    Lines chunk = chunk(new Random(9));
    packed.pack();
    goRound(chunk, 1_000);
    long before = allocated();

    goRound(chunk, 2_000);

    assertThat(allocated() - before).isLessThan(chunk.byteCount() * 2_000 / 20);
  }

  private void goRound(Lines chunk, int times) {
    long room = ROOM - chunk.byteCount();
    for (int i = 0; i < times; i++) {
      packed.dropOldest(() -> packed.bytes() <= room);
      packed.append(chunk);
    }
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private Lines chunk(Random random) {
    var lines = new TestLines().numberedFrom(number);
    int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 5_000 : 300);
    String source = "s" + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      String text = number + i + "." + "x".repeat(random.nextInt(200));
      lines.add(source, random.nextInt(1_000), text, random.nextInt(50) % 4);
    }
    number += count;
    return lines.receivedAt(number).lines();
  }

  private static List<String> told(Batch batch) {
    var all = new ArrayList<String>();
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      String text = new String(line.bytes(), line.from(), line.to() - line.from(), UTF_8);
      all.add(
          String.join(
              " ",
              text,
              Long.toString(line.ts()),
              line.type().name(),
              Integer.toString(line.importance()),
              line.source().name(),
              line.origin() + "/" + line.number() + "/" + line.generation()));
    }
    return all;
  }
}
