package io.leasehold.actors.lock;

import io.leasehold.domain.lock.JournalView;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A partition without a journal: it has nothing to keep, and says that it is there. */
final class MemoryPartition {
  private MemoryPartition() {}

  static Behavior<LockMessage> create(LockNode node, int partition) {
    var idle = new JournalView("lock-" + partition, true, 0, 0, 0, 0, 0, null, 0, 0);
    return Behaviors.setup(context -> receive(context, node, partition, idle));
  }

  private static Behavior<LockMessage> receive(
      ActorContext<LockMessage> context, LockNode node, int partition, JournalView idle) {
    return Behaviors.receive(LockMessage.class)
        .onMessage(
            LockPartition.Watch.class,
            watch -> {
              watch
                  .replyTo()
                  .tell(new LockPartition.Status(partition, true, node.self().address(), idle));
              return Behaviors.same();
            })
        .onMessage(
            LockPartition.ListKeys.class,
            list -> {
              context.spawnAnonymous(
                  LockLister.create(node, partition, list.query(), list.replyTo()));
              return Behaviors.same();
            })
        .onMessage(StopEntity.class, stop -> Behaviors.stopped())
        .build();
  }
}
