package io.leasehold.streams.telemetry.spool;

import io.leasehold.streams.telemetry.backend.Lines;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a connection wants to have stored: the copies of one chunk, or none, and how far its stream
 * is with it. Immutable but for whether it was answered.
 */
public final class Submission {
  /** What became of it. */
  public enum Outcome {
    /** It is on the disk, and so is everything submitted before. */
    COMMITTED,
    /** There is no room for it; it is not stored. */
    FULL,
    /** The disk does not take it, and will take nothing more. */
    FAILED,
    /** A newer connection has the stream; it is not stored. */
    REPLACED
  }

  /** The lines for one target. */
  public record Copies(SpoolFeed feed, Lines lines) {}

  final List<Copies> copies;
  final StreamBook.@Nullable Entry stream;
  final @Nullable Runnable owner;
  final long number;
  final boolean waits;
  final byte[] unit;
  private final Consumer<Outcome> done;
  private boolean answered;

  /**
   * Encodes the lines.
   *
   * @param stream null = none
   * @param owner with which the stream was claimed
   * @param number the highest number of the stream in it
   * @param waits whether a full spool may hold it up; else it is refused
   * @param done called once, by the thread of the spool, when the copies have been handed on; must
   *     not wait
   */
  public Submission(
      List<Copies> copies,
      StreamBook.@Nullable Entry stream,
      @Nullable Runnable owner,
      long number,
      boolean waits,
      long acceptedMillis,
      Consumer<Outcome> done) {
    this.copies = List.copyOf(copies);
    this.stream = stream;
    this.owner = owner;
    this.number = number;
    this.waits = waits;
    this.done = done;
    this.unit =
        copies.isEmpty()
            ? new byte[0]
            : UnitCodec.encode(
                copies.stream()
                    .map(each -> new UnitCodec.Copies(each.feed.target(), each.lines))
                    .toList(),
                acceptedMillis);
  }

  /** Says what became of it, the first time; by the one thread that has it. */
  void answer(Outcome outcome) {
    if (!answered) {
      answered = true;
      done.accept(outcome);
    }
  }

  @Nullable Lines linesFor(SpoolFeed feed) {
    for (Copies each : copies) {
      if (each.feed == feed) {
        return each.lines;
      }
    }
    return null;
  }
}
