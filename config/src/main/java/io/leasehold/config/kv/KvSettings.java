package io.leasehold.config.kv;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.time.Duration;

/**
 * Settings of the key-value store. Immutable.
 *
 * @param shards fixed for the life of the data, 1..{@value #MAX_SHARDS}
 * @param maxShardBytes accounted bytes of one shard, 64 KiB..1 GiB
 * @param maxBytes accounted bytes of one node, 0 = half of the largest heap
 * @param requestTimeout every request is answered within it
 * @param readLease how long a proof that a shard is still owned holds for reads
 * @param snapshotChanges a snapshot after so many changes at least, 1..10,000,000
 * @param snapshotBytes a snapshot after so many bytes of events, 64 KiB..1 GiB
 * @param restoreMaxBytes of a backup that is restored over HTTP
 */
public record KvSettings(
    int shards,
    long maxShardBytes,
    long maxBytes,
    Duration requestTimeout,
    Duration readLease,
    int snapshotChanges,
    long snapshotBytes,
    FenceSettings fence,
    WatchSettings watch,
    long restoreMaxBytes,
    RateLimit rateLimit) {
  /** Each shard is an actor with a journal of its own on some node. */
  public static final int MAX_SHARDS = 256;

  private static final long MIN_SIZE = 64L << 10;
  private static final long MAX_SIZE = 1L << 30;

  public KvSettings {
    Checks.of("kv")
        .within("shards", shards, 1, MAX_SHARDS)
        .within("max-shard-bytes", maxShardBytes, MIN_SIZE, MAX_SIZE)
        .within("max-bytes", maxBytes, 0, Long.MAX_VALUE)
        .positive("request-timeout", requestTimeout, Duration.ofHours(1))
        .within("read-lease", readLease, Duration.ofMillis(100), Duration.ofSeconds(10))
        .within("snapshot.changes", snapshotChanges, 1, 10_000_000)
        .within("snapshot.bytes", snapshotBytes, MIN_SIZE, MAX_SIZE)
        .within("restore.max-bytes", restoreMaxBytes, 1, Long.MAX_VALUE)
        .done();
  }

  /** When a fencing token is believed. */
  public enum Verify {
    /** A token is taken at its word. */
    NONE,
    /** A mark rises only for the token of a live lease. */
    ISSUED
  }

  /**
   * How fencing tokens are kept.
   *
   * @param maxMarks of one shard, 16..1,000,000
   */
  public record FenceSettings(int maxMarks, Verify verify) {
    public FenceSettings {
      Checks.of("kv.fence").within("max-marks", maxMarks, 16, 1_000_000).done();
    }

    static FenceSettings from(Values values) {
      return new FenceSettings(
          values.integer("kv.fence.max-marks"), values.choice("kv.fence.verify", Verify.class));
    }
  }

  /**
   * What watchers may cost.
   *
   * @param maxWatchers of one node, 0..100,000
   * @param historyEvents changes of a shard that are kept, 16..1,000,000
   * @param historyBytes accounted bytes of them, 1 KiB..1 GiB
   * @param bufferEvents waiting for one watcher, 16..100,000
   * @param bufferBytes of them, 1 KiB..1 GiB
   */
  public record WatchSettings(
      int maxWatchers, int historyEvents, long historyBytes, int bufferEvents, long bufferBytes) {
    public WatchSettings {
      Checks.of("kv.watch")
          .within("max-watchers", maxWatchers, 0, 100_000)
          .within("history-events", historyEvents, 16, 1_000_000)
          .within("history-bytes", historyBytes, 1L << 10, MAX_SIZE)
          .within("buffer-events", bufferEvents, 16, 100_000)
          .within("buffer-bytes", bufferBytes, 1L << 10, MAX_SIZE)
          .done();
    }

    static WatchSettings from(Values values) {
      return new WatchSettings(
          values.integer("kv.watch.max-watchers"),
          values.integer("kv.watch.history-events"),
          values.size("kv.watch.history-bytes"),
          values.integer("kv.watch.buffer-events"),
          values.size("kv.watch.buffer-bytes"));
    }
  }

  /**
   * Requests of one caller whose key names no rate of its own.
   *
   * @param rate requests per second, 0 = unlimited, at most 1,000,000
   * @param burst at once, 0 = as many as {@code rate}, at most 1,000,000
   */
  public record RateLimit(int rate, int burst) {
    public RateLimit {
      Checks.of("kv.rate-limit")
          .within("rate", rate, 0, 1_000_000)
          .within("burst", burst, 0, 1_000_000)
          .done();
    }

    static RateLimit from(Values values) {
      return new RateLimit(
          values.integer("kv.rate-limit.rate"), values.integer("kv.rate-limit.burst"));
    }
  }

  /** Reads every key now. */
  public static KvSettings from(Values values) {
    return new KvSettings(
        values.integer("kv.shards"),
        values.size("kv.max-shard-bytes"),
        values.size("kv.max-bytes"),
        values.duration("kv.request-timeout"),
        values.duration("kv.read-lease"),
        values.integer("kv.snapshot.changes"),
        values.size("kv.snapshot.bytes"),
        values.section(FenceSettings::from),
        values.section(WatchSettings::from),
        values.size("kv.restore.max-bytes"),
        values.section(RateLimit::from));
  }
}
