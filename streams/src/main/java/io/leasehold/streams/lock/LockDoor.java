package io.leasehold.streams.lock;

import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.kv.KvDoor;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of the lock port share. Safe for any thread.
 *
 * @param stats figures of the node
 * @param keySeen is told of every key that is asked for; must cost nothing to speak of
 * @param releases for administrators
 * @param kv the store behind this port; null = none
 */
record LockDoor(
    LockService locks,
    ApiKeys keys,
    Rules rules,
    LockTraffic traffic,
    ConnectionBook book,
    Supplier<LockStats> stats,
    Consumer<String> keySeen,
    Identity identity,
    ForcedRelease releases,
    @Nullable KvDoor kv) {

  /**
   * Limits of every connection.
   *
   * @param authRequired every request needs a key
   * @param idleTimeout zero = never
   * @param confirmsWaits every wait is told to its key's owner again and again
   * @param lineTimeout an incomplete line, or HTTP request, may be so old
   * @param unreadTimeout a peer may read nothing for so long
   */
  record Rules(
      boolean authRequired,
      Duration requestTimeout,
      Duration idleTimeout,
      boolean confirmsWaits,
      Duration lineTimeout,
      Duration unreadTimeout) {
    /** How often a wait is confirmed, where it is. */
    static final Duration CONFIRM_EVERY = Duration.ofSeconds(2);

    /** Unanswered requests of a connection, waits with an id not counted. */
    static final int MAX_UNANSWERED = 1_024;

    static final int MAX_UNSENT_BYTES = 1 << 20;

    /**
     * Unanswered requests of a connection whose answers are long: a page of a list or a picture of
     * a key has some MB at most. Without a bound of their own, few bytes would make the node hold
     * gigabytes.
     */
    static final int MAX_PAGES = 4;

    /**
     * What the unanswered requests of a connection to the store may hold of the node's memory:
     * values on their way, and room for those that are asked for.
     */
    static final int MAX_HELD_BYTES = 4 << 20;

    static final int MAX_WRONG_KEYS = 10;
    private static final Duration LINE_TIMEOUT = Duration.ofSeconds(60);
    static final Duration UNREAD_TIMEOUT = Duration.ofSeconds(60);

    /** With the time-outs of the protocol. */
    Rules(
        boolean authRequired,
        Duration requestTimeout,
        Duration idleTimeout,
        boolean confirmsWaits) {
      this(authRequired, requestTimeout, idleTimeout, confirmsWaits, LINE_TIMEOUT, UNREAD_TIMEOUT);
    }

    /** Nothing that begins now is due before this has passed. */
    Duration shortestTimeout() {
      Duration ofPeer = lineTimeout.compareTo(unreadTimeout) < 0 ? lineTimeout : unreadTimeout;
      Duration shortest = ofPeer.compareTo(requestTimeout) < 0 ? ofPeer : requestTimeout;
      return confirmsWaits && CONFIRM_EVERY.compareTo(shortest) < 0 ? CONFIRM_EVERY : shortest;
    }
  }

  /** What {@code ping} tells. */
  record Identity(String version, String node, String durability) {}

  Clock clock() {
    return locks.clock();
  }
}
