package io.leasehold.domain.lock;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What monitoring may ask the lock service of this node. Safe for any thread; never blocks; changes
 * nothing.
 */
public interface LockMonitor {
  /** Which keys {@link #locks} returns. */
  enum KeyState {
    ANY,
    HELD,
    WAITING
  }

  /**
   * One page of keys in use on this node.
   *
   * @param truncated there are more keys than were asked for
   */
  record Page(List<LockView> locks, boolean truncated) {}

  /**
   * One page of connections, oldest first.
   *
   * @param total open connections of the lock port
   */
  record Clients(List<ConnectionView> clients, int total) {}

  /**
   * Answers of the safety sweep and the sight of overdue leases.
   *
   * @param overdue live leases more than a second past their deadline
   * @param repaired by the safety sweep within the last minute
   */
  record Upkeep(int overdue, int repaired) {}

  LockStats stats();

  /**
   * Keys ascending by their UTF-8 bytes; fails with a TimeoutException after some 2 s.
   *
   * @param ofCluster or of this node only
   */
  CompletionStage<Page> locks(boolean ofCluster, String prefix, KeyState state, int limit);

  Clients clients(int limit);

  /** One per partition of this node; empty with memory durability. */
  List<JournalView> journals();

  /** All partitions of the cluster by number, as last heard of. */
  List<PartitionView> partitions();

  Upkeep upkeep();

  /** Null while the lock port accepts connections, otherwise why it does not. */
  @Nullable String portTrouble();

  /** Errors and lines of the last minute: the protocol component looks at their ratio. */
  long errorsLastMinute();

  long linesLastMinute();

  /** Refused connections of the last minute. */
  long connectionsRefusedLastMinute();
}
