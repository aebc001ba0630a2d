package io.leasehold.actors.health;

import io.leasehold.actors.kv.KvMonitor;
import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.CheckResult.Detail;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.lock.PartitionView;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/** The checks of a node. All but one look at figures that are there already, and ask nobody. */
public final class NodeChecks {
  /** A commit that waits longer is slow; a writer that is down longer is down. */
  private static final long SLOW_COMMIT_MILLIS = 100;

  private static final long UNASSIGNED_MILLIS = 2_000;

  /** Shards of the store are looked for every ten seconds. */
  private static final long UNASSIGNED_SHARD_MILLIS = 12_000;

  private static final long NO_COORDINATOR_MILLIS = 10_000;
  private static final long WRITER_DOWN_MILLIS = 5_000;
  private static final long SLOW_TICK_MILLIS = 100;
  private static final long STUCK_TICK_MILLIS = 1_000;
  private static final int MIN_LINES = 100;
  private static final double FULL = 0.8;

  private NodeChecks() {}

  /** Whether this node is a member, and reaches the others. */
  public static HealthCheck cluster(ActorSystem<?> system) {
    return check(
        "cluster",
        true,
        true,
        () -> {
          var state = Cluster.get(system).state();
          var self = Cluster.get(system).selfMember();
          int members = 0;
          int up = 0;
          for (var member : state.getMembers()) {
            members++;
            up += member.status().equals(MemberStatus.up()) ? 1 : 0;
          }
          int unreachable = state.getUnreachable().size();
          Detail[] details = {
            Detail.of("self", self.address().toString()),
            Detail.of("members", members),
            Detail.of("up", up),
            Detail.of("unreachable", unreachable),
            Detail.of("leader", String.valueOf(state.getLeader()))
          };
          if (!self.status().equals(MemberStatus.up())) {
            return CheckResult.unhealthy("this node is " + self.status(), details);
          }
          return unreachable > 0
              ? CheckResult.degraded(unreachable + " members are unreachable", details)
              : CheckResult.healthy("this node is Up", details);
        });
  }

  /** Whether every partition and shard of the cluster has an owner, and that owner its entries. */
  public static HealthCheck sharding(LockMonitor locks, KvMonitor store) {
    return check(
        "sharding",
        true,
        true,
        () -> {
          List<PartitionView> all = locks.partitions();
          int recovering = 0;
          int unassigned = 0;
          long leastSilent = Long.MAX_VALUE;
          for (PartitionView each : all) {
            recovering += each.ready() ? 0 : 1;
            unassigned += each.silentMillis() > UNASSIGNED_MILLIS ? 1 : 0;
            leastSilent = Math.min(leastSilent, each.silentMillis());
          }
          List<PartitionView> shards = store.placement();
          for (PartitionView each : shards) {
            recovering += each.ready() ? 0 : 1;
            unassigned += each.silentMillis() > UNASSIGNED_SHARD_MILLIS ? 1 : 0;
          }
          KvMonitor.Figures figures = store.figures();
          int total = all.size() + shards.size();
          int local = locks.journals().size() + figures.owned() + figures.recovering();
          Detail[] details = {
            Detail.of("lock_partitions", all.size()),
            Detail.of("kv_shards", shards.size()),
            Detail.of("local", local),
            Detail.of("recovering", recovering),
            Detail.of("unassigned", unassigned)
          };
          if (leastSilent > NO_COORDINATOR_MILLIS) {
            return CheckResult.unhealthy(
                "no partition has been heard of for " + leastSilent + " ms", details);
          }
          if (unassigned > 0) {
            return CheckResult.degraded(
                unassigned + " of " + total + " partitions have no owner", details);
          }
          return recovering > 0
              ? CheckResult.degraded(
                  recovering + " of " + total + " partitions are being read", details)
              : CheckResult.healthy("all partitions are served", details);
        });
  }

  /** Whether commits come through, and a shard of the store on this node answers. */
  public static HealthCheck storage(LockMonitor locks, KvMonitor store) {
    return new HealthCheck(
        "storage",
        true,
        true,
        () -> store.probe().thenApply(nanos -> storage(locks, store, nanos.orElse(0))));
  }

  private static CheckResult storage(LockMonitor locks, KvMonitor store, long answeredNanos) {
    long oldest = 0;
    long down = 0;
    String why = "";
    for (List<JournalView> journals : List.of(locks.journals(), store.journals())) {
      for (JournalView journal : journals) {
        oldest = Math.max(oldest, journal.inFlightMillis());
        if (journal.downMillis() > down) {
          down = journal.downMillis();
          why = "a journal cannot be written for " + down + " ms: " + journal.trouble();
        }
      }
    }
    long answered = answeredNanos / 1_000_000;
    KvMonitor.Figures figures = store.figures();
    Detail[] details = {
      Detail.of("operation_time_ms", answered),
      Detail.of("total_size", figures.sizeBytes()),
      Detail.of("entries", figures.entries()),
      Detail.of("oldest_commit_ms", oldest)
    };
    if (down > 0) {
      return down > WRITER_DOWN_MILLIS
          ? CheckResult.unhealthy(why, details)
          : CheckResult.degraded(why, details);
    }
    if (oldest > SLOW_COMMIT_MILLIS) {
      return CheckResult.degraded("a commit waits for " + oldest + " ms", details);
    }
    return answered > SLOW_COMMIT_MILLIS
        ? CheckResult.degraded("a shard answered after " + answered + " ms", details)
        : CheckResult.healthy("Storage is operational", details);
  }

  /**
   * Whether the lock port answers, and what it is sent.
   *
   * @param boundPort -1 if the port is switched off
   */
  public static HealthCheck protocol(LockMonitor locks, IntSupplier boundPort) {
    return check(
        "protocol",
        true,
        true,
        () -> {
          int port = boundPort.getAsInt();
          if (port < 0) {
            return CheckResult.disabled();
          }
          long errors = locks.errorsLastMinute();
          long lines = locks.linesLastMinute();
          Detail[] details = {
            Detail.of("port", port),
            Detail.of("connections", locks.stats().connections()),
            Detail.of("errors_last_minute", errors)
          };
          var trouble = locks.portTrouble();
          if (trouble != null) {
            return CheckResult.unhealthy(trouble, details);
          }
          return lines >= MIN_LINES && errors * 2 > lines
              ? CheckResult.degraded(
                  errors + " of " + lines + " requests of the last minute were errors", details)
              : CheckResult.healthy("lock port answers", details);
        });
  }

  /** Whether threads are free to work. */
  public static HealthCheck dispatcher(DispatcherWatch watch, int maxThreads) {
    return check(
        "dispatcher",
        true,
        true,
        () -> {
          var threads = ManagementFactory.getThreadMXBean();
          int count = threads.getThreadCount();
          long[] stuck = threads.findDeadlockedThreads();
          int deadlocked = stuck == null ? 0 : stuck.length;
          long now = watch.delayMillis();
          long worst = watch.worstDelayMillis();
          Detail[] details = {
            Detail.of("delay_ms", now),
            Detail.of("delay_max_ms", worst),
            Detail.of("count", count),
            Detail.of("limit", maxThreads),
            Detail.of("deadlocked", deadlocked)
          };
          if (deadlocked > 0) {
            return CheckResult.unhealthy(deadlocked + " threads are deadlocked", details);
          }
          if (count > maxThreads) {
            return CheckResult.unhealthy(count + " threads, of at most " + maxThreads, details);
          }
          if (watch.stuckSeconds() >= 3 || now > 3 * STUCK_TICK_MILLIS) {
            return CheckResult.unhealthy("work waits more than 1000 ms for a thread", details);
          }
          if (worst > SLOW_TICK_MILLIS || count > FULL * maxThreads) {
            return CheckResult.degraded("work waited " + worst + " ms for a thread", details);
          }
          return CheckResult.healthy("threads are free", details);
        });
  }

  /** Whether connections are near their limit. */
  public static HealthCheck connectionPool(LockMonitor locks) {
    return check(
        "connection_pool",
        false,
        true,
        () -> {
          LockStats stats = locks.stats();
          int open = stats.connections();
          int max = stats.connectionsMax();
          Detail[] details = {
            Detail.of("open", open),
            Detail.of("active", stats.connectionsActive()),
            Detail.of("idle", open - stats.connectionsActive()),
            Detail.of("max", max),
            Detail.of("refused", stats.connectionsRefused())
          };
          if (max > 0 && open >= max) {
            return CheckResult.unhealthy(open + " of " + max + " connections", details);
          }
          boolean near = max > 0 && open >= FULL * max;
          return near || locks.connectionsRefusedLastMinute() > 0
              ? CheckResult.degraded(open + " of " + max + " connections", details)
              : CheckResult.healthy(open + " connections", details);
        });
  }

  /** Whether memory is near a limit. */
  public static HealthCheck memory(
      LockMonitor locks, KvMonitor store, HeapWatch heap, double warn, double limit) {
    return check(
        "memory",
        false,
        false,
        () -> {
          LockStats stats = locks.stats();
          KvMonitor.Figures figures = store.figures();
          Detail[] details = {
            Detail.of("alloc_mb", heap.usedBytes() >> 20),
            Detail.of("sys_mb", heap.committedBytes() >> 20),
            Detail.of("max_mb", heap.maxBytes() >> 20),
            Detail.of("num_gc", heap.collections()),
            Detail.of("lock_bytes", stats.accountedBytes()),
            Detail.of("kv_bytes", figures.usedBytes())
          };
          double share = (double) heap.afterCollectionBytes() / heap.maxBytes();
          if (share >= limit) {
            return CheckResult.unhealthy(percent(share) + " of the heap after GC", details);
          }
          boolean locksFull =
              stats.memoryLimitBytes() > 0
                  && stats.accountedBytes() >= FULL * stats.memoryLimitBytes();
          boolean storeFull = figures.usedBytes() >= FULL * figures.limitBytes();
          return share >= warn || locksFull || storeFull
              ? CheckResult.degraded(percent(share) + " of the heap after GC", details)
              : CheckResult.healthy(percent(share) + " of the heap after GC", details);
        });
  }

  /** Whether leases end when they should. */
  public static HealthCheck locks(LockMonitor locks) {
    return check(
        "locks",
        false,
        false,
        () -> {
          LockStats stats = locks.stats();
          var upkeep = locks.upkeep();
          Detail[] details = {
            Detail.of("active", stats.activeLocks()),
            Detail.of("waiters", stats.waiters()),
            Detail.of("overdue", upkeep.overdue()),
            Detail.of("repaired", upkeep.repaired())
          };
          return upkeep.overdue() > 0 || upkeep.repaired() > 0
              ? CheckResult.degraded(upkeep.overdue() + " leases are overdue", details)
              : CheckResult.healthy(stats.activeLocks() + " leases", details);
        });
  }

  private static String percent(double share) {
    return Math.round(100 * share) + " %";
  }

  private static HealthCheck check(
      String name, boolean critical, boolean holdsBackReady, Supplier<CheckResult> look) {
    return new HealthCheck(
        name, critical, holdsBackReady, () -> CompletableFuture.completedFuture(look.get()));
  }
}
