package io.leasehold.streams.telemetry.backend;

import io.leasehold.domain.telemetry.MessageType;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages on their way to one target, in the order they were accepted: what one call of {@link
 * Backend#deliver} gets. Immutable; a repeated delivery gets the same batch. Read by a {@link
 * #cursor}.
 */
public final class Batch {
  /** Lines {@code from} to {@code to} (exclusive) of a chunk. */
  public record Part(Lines lines, int from, int to) {}

  private final List<Part> parts;
  private final int size;
  private final long bytes;
  private final boolean maybeThere;

  private Batch(List<Part> parts, boolean maybeThere) {
    this.parts = List.copyOf(parts);
    this.maybeThere = maybeThere;
    int lines = 0;
    long sum = 0;
    for (Part part : this.parts) {
      lines += part.to - part.from;
      for (int i = part.from; i < part.to; i++) {
        sum += part.lines.length(i);
      }
    }
    this.size = lines;
    this.bytes = sum;
  }

  /** A batch that this run of the process has not tried to deliver yet. */
  public static Batch of(List<Part> parts) {
    boolean again = false;
    for (Part part : parts) {
      again |= part.lines.maybeThere();
    }
    return new Batch(parts, again);
  }

  /** Messages in it. */
  public int size() {
    return size;
  }

  /** Bytes of all lines, each with its line feed. */
  public long bytes() {
    return bytes;
  }

  /**
   * Whether the destination may hold any of it already: an earlier attempt ended without an answer,
   * it was a dead letter, or the process was started again meanwhile. A backend that can tell must
   * not store it twice.
   */
  public boolean maybeThere() {
    return maybeThere;
  }

  /** The same batch after an attempt whose outcome is unknown. */
  public Batch afterUnknownOutcome() {
    return maybeThere ? this : new Batch(parts, true);
  }

  /** Messages {@code from} to {@code to} (exclusive) of it. */
  public Batch slice(int from, int to) {
    var some = new ArrayList<Part>();
    int at = 0;
    for (Part part : parts) {
      int length = part.to - part.from;
      int first = Math.max(from, at);
      int last = Math.min(to, at + length);
      if (first < last) {
        some.add(new Part(part.lines, part.from + first - at, part.from + last - at));
      }
      at += length;
    }
    return new Batch(some, maybeThere);
  }

  public List<Part> parts() {
    return parts;
  }

  /** Stands before the first message. */
  public Cursor cursor() {
    return new Cursor(parts);
  }

  /** Walks through the messages of a batch. Not thread safe; {@code next} before all else. */
  public static final class Cursor {
    private final List<Part> parts;
    private int part = -1;
    private Lines lines;
    private int line;
    private int end;
    private int index = -1;

    private Cursor(List<Part> parts) {
      this.parts = parts;
      this.lines = parts.isEmpty() ? NONE : parts.get(0).lines;
    }

    private static final Lines NONE =
        new Lines(
            Lines.NO_ORIGIN,
            new byte[0],
            new int[0],
            new int[0],
            new long[0],
            new byte[0],
            new byte[0],
            new int[0],
            new Source[0]);

    /** Goes to the next message; false if there is none. */
    public boolean next() {
      line++;
      index++;
      while (line >= end) {
        if (++part >= parts.size()) {
          return false;
        }
        Part next = parts.get(part);
        lines = next.lines;
        line = next.from;
        end = next.to;
      }
      return true;
    }

    /** Of the message in its batch, from 0. */
    public int index() {
      return index;
    }

    /** What the line stands in, from {@link #from} to {@link #to}; not to be changed. */
    public byte[] bytes() {
      return lines.bytes();
    }

    public int from() {
      return lines.from(line);
    }

    /** The end of the line, its line feed left out. */
    public int to() {
      return lines.to(line);
    }

    /** Milliseconds since the epoch. */
    public long ts() {
      return lines.ts(line);
    }

    public MessageType type() {
      return lines.type(line);
    }

    /** 0..3. */
    public int importance() {
      return lines.importance(line);
    }

    public Source source() {
      return lines.source(line);
    }

    /** The first half of the ingest id, which never changes, not by retries and restarts. */
    public long origin() {
      return lines.origin();
    }

    /** The second half. Ascending in a batch for each origin and connection. */
    public long number() {
      return lines.number(line);
    }

    /** Of the configuration the message was routed by. */
    public int generation() {
      return lines.generation();
    }

    /** Whether it is a dead letter that is tried once more. */
    public boolean isDeadLetter() {
      return lines.receipt() != null;
    }
  }
}
