package io.leasehold.domain.telemetry;

/** Takes what this process says of itself. Safe for any thread; never waits, never throws. */
public interface OwnEvents {
  /** The source of all of them. */
  String SOURCE = "leasehold";

  /**
   * Whether an event would be taken now: asked before its line is written. One that is not for its
   * number is counted as skipped.
   *
   * @param warning whether it is a warning or worse
   */
  boolean wants(boolean warning);

  /** Takes a line without its line feed, or skips and counts it. */
  void offer(byte[] line);
}
