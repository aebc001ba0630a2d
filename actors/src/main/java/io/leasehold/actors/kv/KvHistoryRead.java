package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvChange;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** How a node reads the committed changes of a shard, for its watchers. */
final class KvHistoryRead {
  /** Stands for the present revision: nothing of the past is asked for. */
  static final long NOW = -1;

  private KvHistoryRead() {}

  /**
   * Asks for the changes behind a revision; a later question of the same asker takes the place of
   * an earlier one that waits.
   *
   * @param question comes back with each part of the answer
   * @param behind {@link #NOW} or a revision
   * @param waits whether the shard answers only when there is something
   * @param epoch the asker knows of; another one is something
   */
  record Ask(
      int shard, long question, long behind, boolean waits, long epoch, ActorRef<Part> replyTo)
      implements PartRequest {}

  /**
   * A part of the answer. What follows each other begins where the one before ends.
   *
   * @param incarnation changes when the shard starts anew, somewhere
   * @param behind the changes are those behind this revision: that which was asked for, a later one
   *     if the history begins later, or an earlier one if the shard has not come that far
   * @param upTo the last of them; {@code behind} if there is none
   * @param more whether another part follows
   */
  record Part(
      int shard,
      long question,
      long incarnation,
      long epoch,
      long behind,
      long upTo,
      boolean more,
      List<KvChange> changes)
      implements PartAnswer {
    Part {
      changes = List.copyOf(changes);
    }
  }
}
