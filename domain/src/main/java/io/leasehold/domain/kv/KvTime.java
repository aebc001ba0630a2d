package io.leasehold.domain.kv;

import io.leasehold.domain.time.Clock;

/**
 * One moment, as a shard sees it.
 *
 * @param wallMillis for {@code created_at} and {@code updated_at}
 * @param shardMillis for deadlines: the wall clock when the shard was read, moved on by the
 *     monotonic clock ever since, so that a jump of the wall clock touches no running deadline
 */
public record KvTime(long wallMillis, long shardMillis) {

  /** Gives the moments of one shard. Immutable; safe for any thread. */
  public static final class Source {
    private final Clock clock;
    private final long baseMillis;
    private final long baseNanos;

    /** Starts now. */
    public Source(Clock clock) {
      this.clock = clock;
      this.baseMillis = clock.wallMillis();
      this.baseNanos = clock.nanos();
    }

    public KvTime now() {
      return new KvTime(clock.wallMillis(), baseMillis + (clock.nanos() - baseNanos) / 1_000_000);
    }
  }
}
