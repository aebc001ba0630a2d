package io.leasehold.streams.telemetry.backend;

import io.leasehold.domain.telemetry.DropReason;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A destination of telemetry. Every call may block: callers have threads of their own for it, and
 * retry, breaker, halving, dead letters and counting are theirs, not the backend's.
 *
 * <p>Life: {@link #open} until it returns, then {@link #deliver} as often as there are batches;
 * after any {@link BackendException} of {@code deliver} that says so, {@code open} again; at last
 * {@link #close}. At most {@link #concurrency} calls of {@code deliver} run at once, {@code open}
 * and {@code close} run alone. Nothing is ordered between calls that run at once.
 */
public interface Backend extends AutoCloseable {
  /** How many batches it takes at once, 1 or more; asked once. */
  default int concurrency() {
    return 1;
  }

  /**
   * Whether a batch that may have been delivered must come again as the same batch, also after a
   * restart: what it makes of a batch has a name that goes by what is in it.
   */
  default boolean keepsBatches() {
    return false;
  }

  /**
   * Connects, and makes what is missing at the destination. Called again after a failure, with
   * growing pauses; must leave nothing behind when it fails.
   *
   * @throws BackendException not {@link BackendException.Kind#DATA}
   */
  void open() throws BackendException, InterruptedException;

  /**
   * Delivers a batch wholly or not at all; returns when the destination has confirmed it. What was
   * written before a failure must be taken back, or told by {@link BackendException#unknown}.
   *
   * @return which messages the destination refused by name, nearly always none
   * @throws BackendException why nothing was delivered
   */
  Outcome deliver(Batch batch) throws BackendException, InterruptedException;

  /**
   * Makes a delivery that takes longer than the time-out of a batch fail, such as by closing its
   * connection. Called by another thread; must not wait. That delivery must end within a second.
   */
  default void abort() {}

  /**
   * Returns when all that was delivered before the call is as safe as the destination makes it.
   * Only for those whose {@link #deliver} returns earlier. Runs beside a delivery, by another
   * thread.
   *
   * @throws BackendException if it may not be
   */
  default void sync() throws BackendException {}

  /**
   * Called at least every second while there is nothing to deliver, by the thread that delivers.
   */
  default void idle() {}

  /** Lets everything go; what was delivered is safe when it returns. Called once, never fails. */
  @Override
  void close();

  /**
   * What became of a batch.
   *
   * @param refused messages that were not taken; all others are confirmed
   */
  record Outcome(List<Refusal> refused) {
    /** Everything was taken. */
    public static final Outcome CONFIRMED = new Outcome(List.of());

    public Outcome {
      refused = refused.stream().sorted(Comparator.comparingInt(Refusal::index)).toList();
    }
  }

  /**
   * A message that was not taken, and never will be. Exactly one of the two reasons is there.
   *
   * @param index in the batch
   * @param deadLetter it goes to the dead letters, from where it can be replayed
   * @param drop it means nothing to this destination, and is counted as dropped
   * @param error in the destination's words
   */
  record Refusal(
      int index, DeadLetters.@Nullable Reason deadLetter, @Nullable DropReason drop, String error) {

    /** To the dead letters. */
    public static Refusal deadLetter(int index, DeadLetters.Reason reason, String error) {
      return new Refusal(index, reason, null, error);
    }

    /** Nowhere. */
    public static Refusal dropped(int index, DropReason reason, String error) {
      return new Refusal(index, null, reason, error);
    }
  }
}
