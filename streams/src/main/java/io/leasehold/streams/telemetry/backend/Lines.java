package io.leasehold.streams.telemetry.backend;

import io.leasehold.domain.telemetry.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Accepted lines of one chunk, as they were received, with what validation found out about each.
 * Arrays side by side: a line costs no object. Never changed once made, shared by all targets that
 * get the same lines; safe for any thread.
 */
public final class Lines {
  private static final byte[] @Nullable [] NOTHING_CHANGED = new byte[0][];

  /** Is told what becomes of a line that came out of the dead letters. Any thread, never waits. */
  public interface Receipt {
    /** Called once: it was confirmed, or it was not and is lost to memory. */
    void settled(boolean delivered);
  }

  /**
   * What all lines of a chunk have in common.
   *
   * @param receipt for a line out of the dead letters, which has a chunk to itself; null = none
   * @param again whether somebody may have delivered them already
   */
  public record Origin(
      long origin,
      long firstNumber,
      long receivedNanos,
      int generation,
      @Nullable Receipt receipt,
      boolean again) {
    /** Of lines that a connection has read. */
    public Origin(long origin, long firstNumber, long receivedNanos, int generation) {
      this(origin, firstNumber, receivedNanos, generation, null, false);
    }

    /** Of a dead letter. */
    public Origin(
        long origin, long firstNumber, long receivedNanos, int generation, Receipt receipt) {
      this(origin, firstNumber, receivedNanos, generation, receipt, true);
    }
  }

  /** Of no lines at all. */
  static final Origin NO_ORIGIN = new Origin(0, 0, 0, 0);

  private final Origin common;
  private final byte[] bytes;
  private final int[] from;
  private final int[] to;
  private final long[] ts;
  private final byte[] type;
  private final byte[] importance;
  private final int[] ordinal;
  private final Source[] source;
  private final int size;
  private final long byteCount;

  /**
   * Takes the arrays over: all but {@code bytes} have one entry a line, and nobody may change any.
   *
   * @param from where each line begins in {@code bytes}
   * @param to where it ends, its line feed left out
   * @param ts milliseconds since the epoch
   * @param type ordinals of {@link MessageType}
   * @param importance 0..3
   * @param ordinal what is added to the first number of the chunk
   */
  public Lines(
      Origin common,
      byte[] bytes,
      int[] from,
      int[] to,
      long[] ts,
      byte[] type,
      byte[] importance,
      int[] ordinal,
      Source[] source) {
    this(common, bytes, from, to, ts, type, importance, ordinal, source, from.length);
  }

  /** The first {@code size} entries of the arrays count. */
  Lines(
      Origin common,
      byte[] bytes,
      int[] from,
      int[] to,
      long[] ts,
      byte[] type,
      byte[] importance,
      int[] ordinal,
      Source[] source,
      int size) {
    this.common = common;
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.ts = ts;
    this.type = type;
    this.importance = importance;
    this.ordinal = ordinal;
    this.source = source;
    this.size = size;
    long sum = 0;
    for (int i = 0; i < size; i++) {
      sum += to[i] - from[i] + 1;
    }
    this.byteCount = sum;
  }

  public int size() {
    return size;
  }

  /** Bytes of all lines, each with its line feed. */
  public long byteCount() {
    return byteCount;
  }

  /** Bytes of one line with its line feed. */
  public int length(int line) {
    return to[line] - from[line] + 1;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int from(int line) {
    return from[line];
  }

  public int to(int line) {
    return to[line];
  }

  public long ts(int line) {
    return ts[line];
  }

  public MessageType type(int line) {
    return MessageType.at(type[line]);
  }

  public int importance(int line) {
    return importance[line];
  }

  public Source source(int line) {
    return source[line];
  }

  /** The second half of the ingest id; the first is {@link #origin}. */
  public long number(int line) {
    return common.firstNumber + ordinal[line];
  }

  /** Random; the same for all messages of a run, or of a spool. */
  public long origin() {
    return common.origin;
  }

  /**
   * The lowest number of its chunk, which no other chunk of the same origin has. Of several chunks
   * that were put together, which never come out of the spool, that of the first.
   */
  public long firstNumber() {
    return common.firstNumber;
  }

  /** The same lines under another origin, as they are before anybody has seen them. */
  public Lines under(long otherOrigin, long firstNumber) {
    return with(new Origin(otherOrigin, firstNumber, common.receivedNanos, common.generation));
  }

  /** The same lines, which an earlier run of the process may have delivered. */
  public Lines afterRestart() {
    return with(
        new Origin(
            common.origin,
            common.firstNumber,
            common.receivedNanos,
            common.generation,
            common.receipt,
            true));
  }

  private Lines with(Origin other) {
    return new Lines(other, bytes, from, to, ts, type, importance, ordinal, source, size);
  }

  /** Whether somebody may have delivered them already. */
  boolean maybeThere() {
    return common.again;
  }

  /** When the chunk was read, on the clock that only moves forward. */
  public long receivedNanos() {
    return common.receivedNanos;
  }

  /** Of the configuration the lines were routed by. */
  public int generation() {
    return common.generation;
  }

  /** Of a line that is a dead letter still; null for all others. */
  public @Nullable Receipt receipt() {
    return common.receipt;
  }

  Origin common() {
    return common;
  }

  /** Bytes from the first line to the line feed of the last; there must be one. */
  int extent() {
    return to[size - 1] + 1 - from[0];
  }

  /** Copies what is known of each line, but for its place and number, to {@code at} and behind. */
  void copyFacts(long[] stamps, byte[] types, byte[] importances, Source[] sources, int at) {
    System.arraycopy(ts, 0, stamps, at, size);
    System.arraycopy(type, 0, types, at, size);
    System.arraycopy(importance, 0, importances, at, size);
    System.arraycopy(source, 0, sources, at, size);
  }

  /** Whether keeping the chunk keeps little besides the lines. */
  public boolean isDense() {
    return byteCount >= bytes.length - (bytes.length >> 3);
  }

  /**
   * Some of these lines. They are copied unless they are nearly all of the chunk: one kept for a
   * few of its lines would make a small buffer hold a lot of memory.
   *
   * @param lines their indices, ascending
   * @param count how many entries of {@code lines} count
   * @param newImportance one entry for each of {@code lines}, empty = as they are
   */
  public Lines pick(int[] lines, int count, byte[] newImportance) {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += length(lines[i]);
    }
    boolean copied = total < bytes.length - (bytes.length >> 3);
    return copied
        ? rewrite(lines, count, newImportance, NOTHING_CHANGED)
        : withPlaces(
            lines,
            count,
            newImportance,
            bytes,
            gather(from, lines, count),
            gather(to, lines, count));
  }

  /**
   * Some of these lines in an array of their own.
   *
   * @param changed text of each of {@code lines}, null = as it was received; empty = all of them
   */
  public Lines rewrite(int[] lines, int count, byte[] newImportance, byte[] @Nullable [] changed) {
    int total = 0;
    for (int i = 0; i < count; i++) {
      byte[] text = i < changed.length ? changed[i] : null;
      total += text == null ? length(lines[i]) : text.length + 1;
    }
    byte[] out = new byte[total];
    int[] froms = new int[count];
    int[] tos = new int[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      byte[] text = i < changed.length ? changed[i] : null;
      int length = text == null ? length(lines[i]) - 1 : text.length;
      System.arraycopy(
          text == null ? bytes : text, text == null ? from[lines[i]] : 0, out, at, length);
      froms[i] = at;
      at += length;
      tos[i] = at;
      out[at++] = '\n';
    }
    return withPlaces(lines, count, newImportance, out, froms, tos);
  }

  private Lines withPlaces(
      int[] lines, int count, byte[] newImportance, byte[] text, int[] froms, int[] tos) {
    long[] stamps = new long[count];
    byte[] types = new byte[count];
    byte[] importances = new byte[count];
    Source[] sources = new Source[count];
    for (int i = 0; i < count; i++) {
      int line = lines[i];
      stamps[i] = ts[line];
      types[i] = type[line];
      importances[i] = newImportance.length == 0 ? importance[line] : newImportance[i];
      sources[i] = source[line];
    }
    return new Lines(
        common,
        text,
        froms,
        tos,
        stamps,
        types,
        importances,
        gather(ordinal, lines, count),
        sources);
  }

  private static int[] gather(int[] values, int[] lines, int count) {
    int[] some = new int[count];
    for (int i = 0; i < count; i++) {
      some[i] = values[lines[i]];
    }
    return some;
  }
}
