package io.leasehold.actors.journal;

/**
 * When the state of a journal is written as a whole, so that what came before can go. Immutable.
 *
 * @param changes after at least so many changes, the first time up to half of them earlier; and
 *     after at least half as many as the state has entries, so that the cost of snapshots stays in
 *     proportion: to read an event back takes many times as long as to write an entry
 * @param bytes but after so many bytes of events in any case
 */
public record SnapshotPolicy(long changes, long bytes) {
  /** What one event may hold, and what is read again quickly. */
  public static final long DEFAULT_BYTES = 8L << 20;

  /** Never: for a service without a journal. */
  public static final SnapshotPolicy NEVER = new SnapshotPolicy(Long.MAX_VALUE, Long.MAX_VALUE);

  public SnapshotPolicy {
    if (changes < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "changes = " + changes + ", bytes = " + bytes + ": both must be above 0");
    }
  }

  /** With {@link #DEFAULT_BYTES}. */
  public static SnapshotPolicy after(long changes) {
    return new SnapshotPolicy(changes, DEFAULT_BYTES);
  }

  /**
   * As many changes as a new journal is taken to have behind it, less than half of {@link
   * #changes}: journals that begin together and are used alike would take their snapshots, and
   * delete what these make superfluous, all at the same moment.
   */
  long headStart(String persistenceId) {
    long spread = persistenceId.hashCode() * 0x9E37_79B9_7F4A_7C15L; // names that differ by one too
    return Math.multiplyHigh(changes, spread >>> 1);
  }

  boolean isDue(long changesSince, long bytesSince, int entries) {
    return bytesSince >= bytes || changesSince >= Math.max(changes, entries / 2);
  }
}
