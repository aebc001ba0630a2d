package io.leasehold.actors.lock;

import org.apache.pekko.actor.AllDeadLetters;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.SelfUp;
import org.apache.pekko.cluster.typed.Subscribe;

/** Tells the keeper of a node what happens around it. */
final class NodeEvents {
  private NodeEvents() {}

  static Behavior<LockKeeper.Message> create(ActorRef<LockKeeper.Message> keeper) {
    return Behaviors.setup(
        context -> {
          subscribe(context);
          return Behaviors.receiveMessage(
              message -> {
                keeper.tell(message);
                return Behaviors.same();
              });
        });
  }

  private static void subscribe(ActorContext<LockKeeper.Message> context) {
    ActorRef<SelfUp> up = context.messageAdapter(SelfUp.class, event -> LockKeeper.Joined.INSTANCE);
    ActorRef<ClusterEvent.MemberRemoved> removed =
        context.messageAdapter(
            ClusterEvent.MemberRemoved.class,
            event -> new LockKeeper.NodeLeft(event.member().address()));
    var cluster = Cluster.get(context.getSystem());
    cluster.subscriptions().tell(Subscribe.create(up, SelfUp.class));
    cluster.subscriptions().tell(Subscribe.create(removed, ClusterEvent.MemberRemoved.class));
    ActorRef<AllDeadLetters> undelivered =
        context.messageAdapter(
            AllDeadLetters.class, event -> new LockKeeper.Undelivered(unwrapped(event)));
    context
        .getSystem()
        .eventStream()
        .tell(new EventStream.Subscribe<>(AllDeadLetters.class, undelivered));
  }

  /** What a region drops comes as a dead letter that holds what was dropped. */
  private static Object unwrapped(AllDeadLetters event) {
    return event.message() instanceof AllDeadLetters inner ? inner.message() : event.message();
  }
}
