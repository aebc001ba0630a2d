package io.leasehold.actors.dashboard;

import io.leasehold.actors.dashboard.PartMessage.Parts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/** Puts the parts of all members together, of those that answer within a second, and stops. */
final class PartGatherer extends AbstractBehavior<PartGatherer.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  private record Heard(NodePart part) implements Message {}

  private enum TimedOut implements Message {
    INSTANCE
  }

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final TreeSet<String> missing;
  private final CompletableFuture<Parts> result;
  private final List<NodePart> parts = new ArrayList<>();

  private PartGatherer(
      ActorContext<Message> context,
      Map<String, ActorRef<PartMessage>> members,
      CompletableFuture<Parts> result) {
    super(context);
    this.missing = new TreeSet<>(members.keySet());
    this.result = result;
    ActorRef<NodePart> heard = context.messageAdapter(NodePart.class, Heard::new);
    members.values().forEach(each -> each.tell(new PartMessage.Ask(heard)));
    context.scheduleOnce(PATIENCE, context.getSelf(), TimedOut.INSTANCE);
  }

  /**
   * Asks these members.
   *
   * @param members by their address
   * @param result completed within a second
   */
  static Behavior<Message> create(
      Map<String, ActorRef<PartMessage>> members, CompletableFuture<Parts> result) {
    return Behaviors.setup(context -> new PartGatherer(context, members, result));
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(Heard.class, this::onHeard)
        .onMessageEquals(TimedOut.INSTANCE, this::finish)
        .build();
  }

  private Behavior<Message> onHeard(Heard heard) {
    if (missing.remove(heard.part().node())) {
      parts.add(heard.part());
    }
    return missing.isEmpty() ? finish() : this;
  }

  private Behavior<Message> finish() {
    result.complete(new Parts(parts, List.copyOf(missing)));
    return Behaviors.stopped();
  }
}
