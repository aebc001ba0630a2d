package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.LineSlab;
import io.leasehold.streams.telemetry.backend.Lines;
import org.jspecify.annotations.Nullable;

/**
 * What a full buffer drops, by its policy; all of it is counted. For one thread at a time: the
 * buffer holds its lock.
 */
final class OverflowDrops {
  /** Less than that is not worth a slab that is not full yet. */
  private static final long PACKED_FROM = 8L * LineSlab.BYTES;

  /** Whether there is room for so much more. */
  interface Room {
    boolean fits(long bytes, int messages);
  }

  private final TargetCounts counts;
  private final WaitingLines waiting;
  private final Room room;

  OverflowDrops(TargetCounts counts, WaitingLines waiting, Room room) {
    this.counts = counts;
    this.waiting = waiting;
    this.room = room;
  }

  /**
   * Drops until what is left of {@code lines}, which is returned, fits; null = nothing is.
   *
   * @param goesRound whether nothing is taken out, so that all that comes in is dropped some time
   */
  @Nullable Lines makeRoom(Overflow policy, Lines lines, boolean goesRound) {
    return switch (policy) {
      case DROP_OLDEST -> {
        if (goesRound && waiting.bytes() >= PACKED_FROM) {
          waiting.pack();
        }
        waiting.dropOldest(() -> room.fits(lines.byteCount(), lines.size()));
        yield whatFits(lines);
      }
      case DROP_LOWEST_PRIORITY -> {
        Lines left = dropLowest(lines);
        yield left == null ? null : whatFits(left);
      }
      case DROP_NEWEST, BLOCK -> whatFits(lines);
    };
  }

  /** Drops the lowest first, oldest first within it; returns what is left of {@code lines}. */
  private @Nullable Lines dropLowest(Lines lines) {
    Lines arriving = lines;
    for (int level = 0; level < WaitingLines.IMPORTANCES; level++) {
      Lines left = arriving;
      waiting.dropLevel(level, () -> room.fits(left.byteCount(), left.size()));
      if (room.fits(arriving.byteCount(), arriving.size())) {
        return arriving;
      }
      Lines kept = dropArriving(level, arriving);
      if (kept == null) {
        return null;
      }
      arriving = kept;
      if (room.fits(arriving.byteCount(), arriving.size())) {
        return arriving;
      }
    }
    return arriving;
  }

  private @Nullable Lines dropArriving(int level, Lines lines) {
    int[] kept = new int[lines.size()];
    int count = 0;
    long bytes = lines.byteCount();
    int messages = lines.size();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.importance(i) == level && !room.fits(bytes, messages)) {
        bytes -= lines.length(i);
        messages--;
        counts.dropped(DropReason.OVERFLOW, lines, i, i + 1);
      } else {
        kept[count++] = i;
      }
    }
    if (count == 0) {
      return null;
    }
    return count == lines.size() ? lines : lines.pick(kept, count, new byte[0]);
  }

  private @Nullable Lines whatFits(Lines lines) {
    if (room.fits(lines.byteCount(), lines.size())) {
      return lines;
    }
    int[] kept = new int[lines.size()];
    int count = 0;
    long size = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (count == i && room.fits(size + lines.length(i), count + 1)) {
        size += lines.length(i);
        kept[count++] = i;
      }
    }
    if (count < lines.size()) {
      counts.dropped(DropReason.OVERFLOW, lines, count, lines.size());
    }
    if (count == 0) {
      return null;
    }
    return count == lines.size() ? lines : lines.pick(kept, count, new byte[0]);
  }
}
