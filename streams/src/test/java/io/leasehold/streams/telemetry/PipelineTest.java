package io.leasehold.streams.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {
  @TempDir private Path dir;
  private final HandClock clock = new HandClock();
  private final Traffic traffic = new Traffic();
  private DeadLetterStore deadLetters;
  private Pipeline pipeline;

  @BeforeEach
  void make() {
    deadLetters = new DeadLetterStore(dir, clock);
    pipeline =
        new Pipeline(
            BackendFactory.standard(clock, new SeriesShelf()),
            deadLetters,
            traffic,
            new SourceBook(10),
            null,
            clock,
            () -> 0);
  }

  @AfterEach
  void close() {
    deadLetters.close();
  }

  @Test
  void onlyWhatTheSettingsLoseIsLost() {
    traffic.dropped(DropReason.FILTERED, 3);
    traffic.dropped(DropReason.HEARTBEAT, 5);
    pipeline.dropSpooled(Map.of("gone", 7L));

    assertThat(pipeline.lost()).isEqualTo(3);
  }

  @Test
  void whatIsDroppedInAnyCaseNeverSeemsLostWhileItIsCounted() throws Exception {
    var done = new AtomicBoolean();
    var counting =
        new Thread(
            () -> {
              while (!done.get()) {
                traffic.dropped(DropReason.HEARTBEAT, 1);
              }
            });
    counting.start();
    try {
      for (int i = 0; i < 10_000; i++) {
        assertThat(pipeline.lost()).isZero();
      }
    } finally {
      done.set(true);
      counting.join();
    }
  }
}
