package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * What the pools of a node have in common.
 *
 * @param names room for what streams listen for, on all instances
 * @param maxReply bytes of what a stream is told at once
 * @param patience for a connection at most
 * @param circuitFirst how long a circuit stays open, doubled each time the instance is still away
 * @param circuitLongest but no longer than this
 */
record PoolCommons(
    ActorSystem<?> actors,
    Dialing dialing,
    Deadlines deadlines,
    Clock clock,
    Room names,
    long maxReply,
    int connections,
    Duration patience,
    Duration circuitFirst,
    Duration circuitLongest) {}
