package io.leasehold.actors.cluster;

import java.util.function.Function;
import org.apache.pekko.actor.Address;
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

/** Tells the keeper of a service what happens around its node. */
public final class NodeEvents {
  /**
   * What the keeper is told.
   *
   * @param joined this node is a member: there is somebody to ask
   * @param left the node of this address is no member any more
   * @param undelivered a message that a region or shard would not take, or any other dead letter
   */
  public record Messages<M>(M joined, Function<Address, M> left, Function<Object, M> undelivered) {}

  private NodeEvents() {}

  public static <M> Behavior<M> create(ActorRef<M> keeper, Messages<M> messages) {
    return Behaviors.setup(
        context -> {
          subscribe(context, messages);
          return Behaviors.receiveMessage(
              message -> {
                keeper.tell(message);
                return Behaviors.same();
              });
        });
  }

  private static <M> void subscribe(ActorContext<M> context, Messages<M> messages) {
    ActorRef<SelfUp> up = context.messageAdapter(SelfUp.class, event -> messages.joined());
    ActorRef<ClusterEvent.MemberRemoved> removed =
        context.messageAdapter(
            ClusterEvent.MemberRemoved.class,
            event -> messages.left().apply(event.member().address()));
    var cluster = Cluster.get(context.getSystem());
    cluster.subscriptions().tell(Subscribe.create(up, SelfUp.class));
    cluster.subscriptions().tell(Subscribe.create(removed, ClusterEvent.MemberRemoved.class));
    ActorRef<AllDeadLetters> undelivered =
        context.messageAdapter(
            AllDeadLetters.class, event -> messages.undelivered().apply(unwrapped(event)));
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
