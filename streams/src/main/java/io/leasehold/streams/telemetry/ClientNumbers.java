package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The numbers that a client in acknowledged mode counts its lines with. Before it has greeted there
 * are none. Not thread safe.
 */
final class ClientNumbers {
  private static final int LINES = 512;

  /** A line that is refused for good. */
  record Refusal(long number, DropReason reason) {}

  private boolean started;
  private long last;
  private long settled;
  private final List<Refusal> refused = new ArrayList<>();
  private long[] accepted = new long[0];
  private int count;

  /**
   * Begins to count.
   *
   * @param resume number of the line before the next
   * @param settledBefore lines up to this number are known: they come again
   */
  void start(long resume, long settledBefore) {
    started = true;
    last = resume;
    settled = settledBefore;
  }

  /** The next line has come; true if it is one that is known. */
  boolean next() {
    return started && ++last <= settled;
  }

  /** The line that came last is a message with a target. */
  void accepted() {
    if (started) {
      if (count == accepted.length) {
        accepted = Arrays.copyOf(accepted, Math.max(LINES, 2 * count));
      }
      accepted[count++] = last;
    }
  }

  /** The line that came last is none. */
  void refused(DropReason reason) {
    if (started && last > settled) {
      refused.add(new Refusal(last, reason));
    }
  }

  /** Of the line that came last, or the highest that was known before it. */
  long highest() {
    return Math.max(last, settled);
  }

  /** Refusals since the last call. */
  List<Refusal> takeRefused() {
    List<Refusal> all = List.copyOf(refused);
    refused.clear();
    return all;
  }

  /** Numbers of accepted lines since the last call. */
  long[] takeAccepted() {
    long[] all = Arrays.copyOf(accepted, count);
    count = 0;
    return all;
  }
}
