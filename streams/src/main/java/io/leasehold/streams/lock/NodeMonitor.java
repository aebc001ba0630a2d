package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.lock.PartitionView;
import io.leasehold.streams.lock.wire.Action;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a node tells of its locks and connections. Safe for any thread. */
public final class NodeMonitor implements LockMonitor {
  private static final int SHOWN_HOLDERS = 100;
  private static final int SHOWN_WAITERS = 100;

  /** Requests that a limit of the node has turned away since its start. */
  public record Rejections(LongSupplier byMaxLocks, LongSupplier byMemory) {}

  private final LockService locks;
  private final LockTraffic traffic;
  private final ConnectionBook book;
  private final Rejections rejections;
  private final Supplier<@Nullable String> portTrouble;
  private final MinuteWindow lines;
  private final MinuteWindow errors;
  private final MinuteWindow refused;
  private final long startedNanos;

  NodeMonitor(
      LockService locks,
      LockTraffic traffic,
      ConnectionBook book,
      Rejections rejections,
      Supplier<@Nullable String> portTrouble) {
    this.locks = locks;
    this.traffic = traffic;
    this.book = book;
    this.rejections = rejections;
    this.portTrouble = portTrouble;
    this.startedNanos = locks.clock().nanos();
    this.lines = new MinuteWindow(locks.clock(), traffic::totalLines);
    this.errors = new MinuteWindow(locks.clock(), traffic::errorsTotal);
    this.refused = new MinuteWindow(locks.clock(), traffic::connectionsRefusedTotal);
  }

  @Override
  public LockStats stats() {
    LockCapacity capacity = locks.capacity();
    long now = locks.clock().nanos();
    return new LockStats(
        traffic.totalLines(),
        traffic.requestsOf(Action.ACQUIRE),
        traffic.requestsOf(Action.RELEASE),
        traffic.requestsOf(Action.EXISTS),
        traffic.requestsOf(Action.EXTEND),
        traffic.requestsOf(Action.STATS),
        traffic.refusedTotal(),
        traffic.errorsTotal(),
        capacity.leases(),
        capacity.waiters(),
        rejections.byMaxLocks().getAsLong(),
        rejections.byMemory().getAsLong(),
        capacity.bytes(),
        capacity.maxBytes(),
        capacity.maxLeases(),
        book.open(),
        book.active(now),
        book.max(),
        traffic.connectionsRefusedTotal(),
        book.reuseRatePercent(),
        (now - startedNanos) / 1_000_000_000);
  }

  @Override
  public CompletionStage<Page> locks(boolean ofCluster, String prefix, KeyState state, int limit) {
    return locks.list(ofCluster, prefix, "", state, limit, SHOWN_HOLDERS, SHOWN_WAITERS);
  }

  @Override
  public Clients clients(int limit) {
    return new Clients(book.views(limit, locks.clock().nanos()), book.open());
  }

  @Override
  public List<JournalView> journals() {
    return locks.journals();
  }

  @Override
  public List<PartitionView> partitions() {
    return locks.partitions();
  }

  @Override
  public Upkeep upkeep() {
    return locks.upkeep();
  }

  @Override
  public @Nullable String portTrouble() {
    return portTrouble.get();
  }

  @Override
  public long errorsLastMinute() {
    return errors.count();
  }

  @Override
  public long linesLastMinute() {
    return lines.count();
  }

  @Override
  public long connectionsRefusedLastMinute() {
    return refused.count();
  }
}
