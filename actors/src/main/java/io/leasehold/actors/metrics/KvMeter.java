package io.leasehold.actors.metrics;

import io.leasehold.actors.kv.KvMetrics;
import io.leasehold.actors.kv.KvWatchMetrics;
import io.prometheus.client.CollectorRegistry;
import java.util.List;

/** Counts what shards of the store and those who ask them do. Safe for any thread. */
public final class KvMeter implements KvMetrics, KvWatchMetrics {
  private static final List<String> GAP_REASONS =
      List.of("history_trimmed", "slow_consumer", "shard_moved", "store_replaced");
  private static final List<String> OPERATIONS =
      List.of("get", "put", "delete", LIST, "touch", "increment", "cas", "transaction", EXPIRE);

  private final boolean enabled;
  private final EventCounter operations =
      new EventCounter(
          "kvstore_storage_operations",
          "Operations that shards of this node dealt with; listings that it asked for.",
          List.of("operation"),
          OPERATIONS.stream().map(List::of).toList());
  private final EventCounter errors =
      new EventCounter(
          "kvstore_storage_errors",
          "Operations that the store could not do.",
          List.of("operation"),
          OPERATIONS.stream().map(List::of).toList());
  private final DurationHistogram requests =
      DurationHistogram.ofSeconds(
          "kvstore_request_duration_seconds", "Time from an operation to its answer.");
  private final EventCounter expired =
      new EventCounter("leasehold_kv_expired", "Entries that were removed at their deadline.");
  private final EventCounter staleFences =
      new EventCounter(
          "leasehold_kv_stale_fence", "Operations whose lock had a newer holder already.");

  private final EventCounter gaps =
      new EventCounter(
          "leasehold_kv_watch_gaps",
          "Gaps that watchers were told of.",
          List.of("reason"),
          GAP_REASONS.stream().map(List::of).toList());

  /**
   * Starts at zero.
   *
   * @param enabled false: nothing is counted
   */
  public KvMeter(boolean enabled) {
    this.enabled = enabled;
  }

  /** Adds the families to {@code registry}. */
  public KvMeter register(CollectorRegistry registry) {
    for (var each : List.of(operations, errors, requests, expired, staleFences, gaps)) {
      registry.register(each);
    }
    return this;
  }

  @Override
  public void operated(String operation, int count, boolean failed) {
    int index = OPERATIONS.indexOf(operation);
    if (enabled && index >= 0) {
      operations.count(index, count);
      if (failed) {
        errors.count(index, count);
      }
    }
  }

  @Override
  public void answered(long nanos) {
    if (enabled) {
      requests.record(0, nanos);
    }
  }

  @Override
  public void expired(int count) {
    if (enabled) {
      expired.count(0, count);
      operations.count(OPERATIONS.indexOf(EXPIRE), count);
    }
  }

  @Override
  public void staleFence() {
    if (enabled) {
      staleFences.count();
    }
  }

  @Override
  public void gap(String reason) {
    int index = GAP_REASONS.indexOf(reason);
    if (enabled && index >= 0) {
      gaps.count(index, 1);
    }
  }
}
