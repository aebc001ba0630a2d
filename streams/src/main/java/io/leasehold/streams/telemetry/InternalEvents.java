package io.leasehold.streams.telemetry;

import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.OwnEvents;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Lets events of this process in, like lines of a connection that is not on any port: routed,
 * spooled and counted as those of others. At most {@value #MAX_RATE} a second, and at most {@value
 * #QUEUE} that wait for a target; what is more is skipped and counted, and says so nowhere else:
 * telling of it would be an event again. What no rule wants is no loss. Safe for any thread.
 */
final class InternalEvents implements OwnEvents {
  static final int MAX_RATE = 100;
  static final int QUEUE = 256;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Intake intake;
  private final Clock clock;
  private final ConnectionBook book; // of its own: it takes no place of a client
  private final EventCounter skipped =
      new EventCounter(
          "sidecar_internal_events_skipped",
          "Events of this process that were too many, or found no room.");
  private final MessageReader reader = new MessageReader(); // of the stream
  private final Object window = new Object();
  private long windowBegan; // guarded by window, as is the next
  private int windowCount;
  private volatile TelemetrySettings.InternalEvents wanted;
  private volatile @Nullable BoundedSourceQueue<ByteString> queue;

  /** Takes nothing before it is started. */
  InternalEvents(TelemetrySettings.InternalEvents wanted, Intake intake) {
    this.wanted = wanted;
    this.intake = intake.trusted();
    this.clock = intake.clock();
    this.book = new ConnectionBook(1, new AtomicInteger(), clock);
    this.windowBegan = clock.nanos();
  }

  /** Takes them from now on; once. */
  void start(ActorSystem<?> system, Duration readTimeout) {
    if (!book.tryEnter()) {
      throw new IllegalStateException("it is started once");
    }
    var connection = new TelemetryConnection(intake, readTimeout, book.place(SOURCE));
    queue =
        Source.<ByteString>queue(QUEUE)
            .filter(this::isWantedBySomeRule)
            .via(Flow.fromGraph(connection))
            .to(Sink.ignore())
            .run(system);
  }

  /** Which are taken from now on. */
  void settings(TelemetrySettings.InternalEvents next) {
    wanted = next;
  }

  /** Those that were not taken. */
  EventCounter skipped() {
    return skipped;
  }

  @Override
  public boolean wants(boolean warning) {
    boolean matches =
        switch (wanted) {
          case OFF -> false;
          case WARN -> warning;
          case ALL -> true;
        };
    if (!matches || queue == null) {
      return false;
    }
    if (isOverRate()) {
      skipped.count();
      return false;
    }
    return true;
  }

  private boolean isOverRate() {
    long now = clock.nanos();
    synchronized (window) {
      if (now - windowBegan >= SECOND) {
        windowBegan = now;
        windowCount = 0;
      }
      return windowCount++ >= MAX_RATE;
    }
  }

  @Override
  public void offer(byte[] line) {
    BoundedSourceQueue<ByteString> into = queue;
    if (into == null || !intake.memory().hasRoom()) {
      skipped.count();
      return;
    }
    byte[] bytes = Arrays.copyOf(line, line.length + 1);
    bytes[line.length] = '\n';
    intake.memory().take(bytes.length);
    if (into.offer(ByteString.fromArrayUnsafe(bytes)) != QueueOfferResult.enqueued()) {
      intake.memory().give(bytes.length);
      skipped.count();
    }
  }

  /** Nobody sent it who would miss it: without a rule for it, it does not count as dropped. */
  private boolean isWantedBySomeRule(ByteString line) {
    byte[] bytes = line.toArrayUnsafe();
    intake.memory().give(bytes.length);
    Snapshot now = intake.snapshot().get();
    return reader.read(bytes, 0, bytes.length - 1, false, clock.wallMillis(), now.window()) == null
        && now.routing().of(SOURCE).decide(reader, bytes, () -> 0).reason() == null;
  }

  /** Takes no more; what was taken goes on. */
  void close() {
    var open = queue;
    queue = null;
    if (open != null) {
      open.complete();
    }
  }

  /** Done when all that was taken is handed over. */
  CompletionStage<Done> drain() {
    return book.drain();
  }
}
