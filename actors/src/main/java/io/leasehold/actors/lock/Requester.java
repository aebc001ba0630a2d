package io.leasehold.actors.lock;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * Who asked: a connection, and the number of the request on it.
 *
 * @param sequence unique for the life of the connection
 */
public record Requester(ActorRef<LockReplies> replyTo, long sequence) {}
