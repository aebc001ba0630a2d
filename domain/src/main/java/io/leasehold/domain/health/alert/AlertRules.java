package io.leasehold.domain.health.alert;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The rules that a node evaluates itself. The same table is shipped for Prometheus, with the one
 * rule more that only somebody outside can evaluate: whether a node answers at all.
 */
public final class AlertRules {
  /** In the order of the shipped file. */
  public static final List<AlertRule> ALL =
      List.of(
          new AlertRule(
              "TtlSemLockHighMemoryUsage",
              Severity.WARNING,
              "5m",
              "(ttl_semlock_memory_usage_mb / ttl_semlock_memory_limit_mb) > 0.8",
              "Lock memory is above 80 % of its limit",
              "At the limit new locks are refused. Find who leaks (/debug/topkeys, "
                  + "/debug/locks), or raise lock.limits.max-memory-mb and the heap."),
          new AlertRule(
              "TtlSemLockRequestsRejected",
              Severity.CRITICAL,
              "1m",
              "rate(ttl_semlock_rejected_requests_total[5m]) > 0",
              "Locks are refused at a limit",
              "Label reason says which. Held locks live on, new ones fail until the limit "
                  + "is raised or locks end."),
          new AlertRule(
              "LeaseholdLocksNearLimit",
              Severity.WARNING,
              "5m",
              "(ttl_semlock_active_locks / ttl_semlock_locks_limit) > 0.8",
              "Live locks are above 80 % of their limit",
              "At lock.limits.max-locks new ones are refused. Find who leaks, or raise it."),
          new AlertRule(
              "LeaseholdConnectionsRefused",
              Severity.CRITICAL,
              "1m",
              "rate(ttl_semlock_pool_exhaustion_total[5m]) > 0",
              "Connections are refused",
              "lock.max-connections is reached: find the client that opens them "
                  + "(/debug/clients), or raise it."),
          new AlertRule(
              "LeaseholdAuthFailures",
              Severity.WARNING,
              "5m",
              "rate(ttl_semlock_auth_failures_total[5m]) + "
                  + "rate(api_key_auth_failures_total[5m]) > 10",
              "More than ten keys a second are refused",
              "A client has an old key, or somebody guesses. The log names the peers."),
          new AlertRule(
              "LeaseholdHighErrorRate",
              Severity.CRITICAL,
              "5m",
              "sum by (instance) (rate(http_requests_total{status=~\"5..\"}[5m])) / sum by "
                  + "(instance) (rate(http_requests_total[5m])) > 0.05",
              "More than 5 % of the HTTP requests fail",
              "Answers with status 5xx. /health says which part is not well."),
          new AlertRule(
              "LeaseholdHighLatency",
              Severity.WARNING,
              "5m",
              "histogram_quantile(0.95, sum by (le, instance) "
                  + "(rate(http_request_duration_seconds_bucket[5m]))) > 1",
              "The 95th percentile of HTTP requests is above 1 s",
              "Look at the database and at the dispatcher first: both have alerts of their "
                  + "own."),
          new AlertRule(
              "LeaseholdLockLatency",
              Severity.WARNING,
              "5m",
              "histogram_quantile(0.95, sum by (le, instance) "
                  + "(rate(ttl_semlock_request_duration_seconds_bucket[5m]))) > 0.1",
              "The 95th percentile of lock requests is above 100 ms",
              "A commit takes too long (leasehold_journal_commit_seconds), or the node has "
                  + "too few cores."),
          new AlertRule(
              "LeaseholdDatabaseDown",
              Severity.CRITICAL,
              "30s",
              "leasehold_health_status{component=\"database\"} == 0",
              "The database is not healthy",
              "Nothing is granted while it is away; held locks live on. The node recovers "
                  + "by itself when it is back."),
          new AlertRule(
              "LeaseholdDatabaseSlow",
              Severity.WARNING,
              "5m",
              "histogram_quantile(0.95, sum by (le, instance) "
                  + "(rate(database_query_duration_seconds_bucket[5m]))) > 0.5",
              "The 95th percentile of database statements is above 500 ms",
              "Every grant waits for a commit. Look at the disk of the database, its locks "
                  + "and its connections."),
          new AlertRule(
              "LeaseholdRedisInstanceDown",
              Severity.WARNING,
              "1m",
              "leasehold_health_status{component=\"redis_pool\"} < 1",
              "An external Redis instance failed",
              "The gateway answers for it with an error. /health names it."),
          new AlertRule(
              "LeaseholdRedisErrors",
              Severity.WARNING,
              "5m",
              "sum by (instance) (rate(redis_command_errors_total[5m])) / sum by (instance)"
                  + " (rate(redis_commands_total[5m])) > 0.1",
              "More than 10 % of the Redis commands fail",
              "Label command of redis_command_errors_total says which."),
          new AlertRule(
              "LeaseholdNodeUnreachable",
              Severity.CRITICAL,
              "30s",
              "leasehold_cluster_members{status=\"unreachable\"} > 0",
              "A member of the cluster cannot be reached",
              "The nodes decide within seconds which side goes on. Its locks are granted "
                  + "elsewhere after that."),
          new AlertRule(
              "LeaseholdNotReady",
              Severity.CRITICAL,
              "2m",
              "leasehold_ready == 0",
              "The node is not ready",
              "GET /ready says what holds it back."),
          new AlertRule(
              "LeaseholdJournalFailing",
              Severity.CRITICAL,
              "1m",
              "rate(leasehold_journal_failures_total[5m]) > 0",
              "Commits of the journal fail",
              "Requests are answered unavailable. The log says why: database away, disk "
                  + "full, or another writer has the partition."),
          new AlertRule(
              "LeaseholdHeapHigh",
              Severity.WARNING,
              "5m",
              "leasehold_heap_after_gc_bytes / leasehold_heap_max_bytes > 0.8",
              "The heap is above 80 % after a collection",
              "Out of memory ends the process. Give it more (LEASEHOLD_HEAP), or lower the "
                  + "limits."),
          new AlertRule(
              "LeaseholdThreadsHigh",
              Severity.WARNING,
              "5m",
              "jvm_threads_current > 8000",
              "More than 8,000 threads live",
              "At health.max-threads the node is not ready. Something opens threads without"
                  + " bound: take a thread dump."),
          new AlertRule(
              "LeaseholdDispatcherStarved",
              Severity.WARNING,
              "2m",
              "histogram_quantile(0.99, sum by (le, instance) "
                  + "(rate(leasehold_dispatcher_delay_seconds_bucket[5m]))) > 0.1",
              "The dispatcher runs its work more than 100 ms late",
              "Too few cores, a throttled container, a swapping machine, or a blocking " + "call."),
          new AlertRule(
              "LeaseholdStoreNearLimit",
              Severity.WARNING,
              "5m",
              "leasehold_kv_used_bytes / leasehold_kv_limit_bytes > 0.8",
              "The key-value store is above 80 % of its limit",
              "At the limit writes are refused."),
          new AlertRule(
              "LeaseholdTelemetryDropping",
              Severity.WARNING,
              "5m",
              "sum by (instance, reason) (rate(sidecar_messages_dropped_total[5m])) > 0",
              "Telemetry is dropped",
              "Label reason says why. A backend is slower than what comes in, or messages "
                  + "are not valid."),
          new AlertRule(
              "LeaseholdTelemetryBackendDown",
              Severity.WARNING,
              "1m",
              "sidecar_breaker_state == 2",
              "A backend of the telemetry is cut off",
              "Label backend says which. Its messages wait, then go to the dead letters."),
          new AlertRule(
              "LeaseholdSlowExpiry",
              Severity.WARNING,
              "2m",
              "histogram_quantile(0.99, sum by (le, instance) "
                  + "(rate(leasehold_lock_expiry_delay_seconds_bucket[5m]))) > 1",
              "Locks end more than 1 s after their deadline",
              "They are never granted twice, only later. Look at the journal and the "
                  + "dispatcher."));

  private AlertRules() {}

  /** Names of all series that the rules read. */
  public static Set<String> series() {
    var names = new TreeSet<String>();
    ALL.forEach(each -> names.addAll(ExpressionParser.rule(each.expression()).names()));
    return names;
  }
}
