package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What all connections of the lock port share. Safe for any thread.
 *
 * @param stats figures of the node
 * @param keySeen is told of every key that is asked for; must cost nothing to speak of
 */
record LockDoor(
    LockService locks,
    ApiKeys keys,
    Rules rules,
    LockTraffic traffic,
    ConnectionBook book,
    Supplier<LockStats> stats,
    Consumer<String> keySeen,
    Identity identity) {

  /**
   * Limits of every connection.
   *
   * @param authRequired every request needs a key
   * @param idleTimeout zero = never
   * @param confirmsWaits every wait is told to its key's owner again and again
   */
  record Rules(
      boolean authRequired, Duration requestTimeout, Duration idleTimeout, boolean confirmsWaits) {
    /** How often a wait is confirmed, where it is. */
    static final Duration CONFIRM_EVERY = Duration.ofSeconds(2);

    /** Unanswered requests of a connection, waits with an id not counted. */
    static final int MAX_UNANSWERED = 1_024;

    static final int MAX_UNSENT_BYTES = 1 << 20;
    static final Duration LINE_TIMEOUT = Duration.ofSeconds(60);
    static final Duration UNREAD_TIMEOUT = Duration.ofSeconds(60);
    static final int MAX_WRONG_KEYS = 10;

    /** Nothing that begins now is due before. */
    long soonestNanos() {
      long timeout = requestTimeout.toNanos();
      return confirmsWaits ? Math.min(timeout, CONFIRM_EVERY.toNanos()) : timeout;
    }
  }

  /** What {@code ping} tells. */
  record Identity(String version, String node, String durability) {}

  Clock clock() {
    return locks.clock();
  }
}
