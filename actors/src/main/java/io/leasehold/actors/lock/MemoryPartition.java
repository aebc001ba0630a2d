package io.leasehold.actors.lock;

import io.leasehold.domain.lock.JournalView;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A partition without a journal: it has nothing to keep, and says that it is there. */
final class MemoryPartition {
  private MemoryPartition() {}

  static Behavior<LockMessage> create(int partition) {
    var idle = new JournalView("lock-" + partition, true, 0, 0, 0, 0, 0, 0, 0);
    return Behaviors.receive(LockMessage.class)
        .onMessage(
            LockPartition.Watch.class,
            watch -> {
              watch.replyTo().tell(new LockPartition.Status(partition, true, idle));
              return Behaviors.same();
            })
        .onMessage(StopEntity.class, stop -> Behaviors.stopped())
        .build();
  }
}
