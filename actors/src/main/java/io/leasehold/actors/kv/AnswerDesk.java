package io.leasehold.actors.kv;

import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Where the answers to the requests of a node go. Safe for any thread. */
interface AnswerDesk {
  /** For answers that come from elsewhere; null until the node has started. */
  @Nullable ActorRef<KvAnswer> ref();

  /** For shards of the same node: the same without the way through an actor. Never blocks. */
  void answered(KvAnswer answer);
}
