package io.leasehold.streams.telemetry.backend;

import java.util.concurrent.atomic.LongAdder;

/** What is counted for one value of the label {@code source}. Safe for any thread. */
public final class SourceCounts {
  private final String label;
  private final LongAdder received = new LongAdder();
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder inMemory = new LongAdder();
  private volatile long lastSeenMillis;

  /** Starts at zero. */
  public SourceCounts(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /** Lines that came, with their bytes. */
  public void received(long lines, long bytes, long wallMillis) {
    received.add(lines);
    receivedBytes.add(bytes);
    lastSeenMillis = wallMillis;
  }

  /** Messages and copies that are lost. */
  public void dropped(long copies) {
    dropped.add(copies);
  }

  /** Copies that are kept in memory from now on; negative: no more. */
  public void kept(long copies) {
    inMemory.add(copies);
  }

  public long received() {
    return received.sum();
  }

  public long receivedBytes() {
    return receivedBytes.sum();
  }

  public long dropped() {
    return dropped.sum();
  }

  public long inMemory() {
    return inMemory.sum();
  }

  /** When the last line came, in milliseconds since the epoch; 0 = never. */
  public long lastSeenMillis() {
    return lastSeenMillis;
  }
}
