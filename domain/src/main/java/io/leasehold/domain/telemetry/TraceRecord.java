package io.leasehold.domain.telemetry;

/** A closed trace as a message. Immutable, as long as nobody changes its array. */
public final class TraceRecord {
  private final String tid;
  private final String source;
  private final long ts;
  private final TraceEnd reason;
  private final byte[] line;

  /** The array is not copied. */
  TraceRecord(String tid, String source, long ts, TraceEnd reason, byte[] line) {
    this.tid = tid;
    this.source = source;
    this.ts = ts;
    this.reason = reason;
    this.line = line;
  }

  public String tid() {
    return tid;
  }

  /** Of its first root, else of its first message. */
  public String source() {
    return source;
  }

  /** Its end, in milliseconds since the epoch. */
  public long ts() {
    return ts;
  }

  /** Why it was closed. */
  public TraceEnd reason() {
    return reason;
  }

  /**
   * JSON without a line feed: about as long as a trace may be, with a depth of at most 61. Not to
   * be changed.
   */
  public byte[] line() {
    return line;
  }
}
