package io.leasehold.streams.telemetry.backend;

import java.util.Arrays;

/**
 * Lines of several chunks, copied into one set of arrays that is made once and used again. What
 * waits long for a target in vain would else move through the heap chunk by chunk, and every
 * collection of young objects would copy it. For one thread at a time.
 */
public final class LineSlab {
  /** Bytes of text it has room for. */
  public static final int BYTES = 512 << 10;

  private static final int LINES = 4_096;

  private final byte[] bytes = new byte[BYTES];
  private final int[] from = new int[LINES];
  private final int[] to = new int[LINES];
  private final long[] ts = new long[LINES];
  private final byte[] type = new byte[LINES];
  private final byte[] importance = new byte[LINES];
  private final int[] ordinal = new int[LINES];
  private final Source[] source = new Source[LINES];
  private Lines.Origin common = Lines.NO_ORIGIN;
  private int size;
  private int end;

  /** Whether an empty one takes these in: not if they are too many, or have been anywhere. */
  public static boolean isFor(Lines lines) {
    return lines.size() <= LINES
        && lines.extent() <= BYTES
        && lines.receipt() == null
        && !lines.maybeThere();
  }

  /**
   * Copies lines in that it {@link #isFor}.
   *
   * @return false: there is no room, or they have not enough in common with those that are in
   */
  public boolean add(Lines lines) {
    int count = lines.size();
    int extent = lines.extent();
    if (size == 0) {
      common = lines.common();
    }
    long ahead = lines.firstNumber() - common.firstNumber();
    if (size + count > LINES
        || end + extent > BYTES
        || lines.origin() != common.origin()
        || lines.generation() != common.generation()
        || Math.abs(ahead) > Integer.MAX_VALUE / 2) {
      return false;
    }
    int shift = end - lines.from(0);
    System.arraycopy(lines.bytes(), lines.from(0), bytes, end, extent);
    bytes[end + extent - 1] = '\n'; // a blank may stand there, but what follows stands side by side
    for (int i = 0; i < count; i++) {
      from[size + i] = lines.from(i) + shift;
      to[size + i] = lines.to(i) + shift;
    }
    lines.copyFacts(ts, type, importance, source, size);
    for (int i = 0; i < count; i++) {
      ordinal[size + i] = (int) (lines.number(i) - common.firstNumber());
    }
    size += count;
    end += extent;
    return true;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /**
   * Whether handing its arrays out wastes little of them; never of lines so short that what is
   * known of them takes as much as they do.
   */
  public boolean isNearlyFull() {
    return end >= BYTES / 4 * 3;
  }

  /** When the first of its lines was received; there must be one. */
  public long receivedNanos() {
    return common.receivedNanos();
  }

  /** Its lines in its own arrays: until {@link #clear} it must not be added to. */
  public Lines view() {
    return new Lines(common, bytes, from, to, ts, type, importance, ordinal, source, size);
  }

  /** Its lines in arrays that are no larger than they need. */
  public Lines copy() {
    return new Lines(
        common,
        Arrays.copyOf(bytes, end),
        Arrays.copyOf(from, size),
        Arrays.copyOf(to, size),
        Arrays.copyOf(ts, size),
        Arrays.copyOf(type, size),
        Arrays.copyOf(importance, size),
        Arrays.copyOf(ordinal, size),
        Arrays.copyOf(source, size));
  }

  /** Empties it; nobody may have what {@link #view} gave. */
  public void clear() {
    Arrays.fill(source, 0, size, null);
    common = Lines.NO_ORIGIN;
    size = 0;
    end = 0;
  }
}
