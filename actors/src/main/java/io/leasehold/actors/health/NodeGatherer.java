package io.leasehold.actors.health;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/** Puts the answers of all members to one question together, and stops. */
final class NodeGatherer extends AbstractBehavior<NodeGatherer.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  private record Heard(NodeAsker.Told told) implements Message {}

  private enum TimedOut implements Message {
    INSTANCE
  }

  /** Of members that serve; one that joins or is thrown out has nothing to tell. */
  private static final Set<MemberStatus> SERVING =
      Set.of(MemberStatus.up(), MemberStatus.weaklyUp(), MemberStatus.leaving());

  private final CompletableFuture<EveryNode.Gathered> result;
  private final TreeMap<String, String> documents = new TreeMap<>();
  private final TreeSet<String> missing = new TreeSet<>();
  private final Set<String> waiting = new HashSet<>();

  private NodeGatherer(ActorContext<Message> context, NodeAsker.Gather gather) {
    super(context);
    this.result = gather.result();
    var heard = context.messageAdapter(NodeAsker.Told.class, Heard::new);
    var resolver = ActorRefResolver.get(context.getSystem());
    var unreachable = unreachable(context.getSystem());
    for (Address member : members(context.getSystem())) {
      missing.add(name(member));
      if (unreachable.contains(member)) {
        continue; // the question would be held until it is back, and nobody waits for it
      }
      waiting.add(name(member));
      ActorRef<NodeAsker.Message> asker =
          resolver.resolveActorRef(member + "/system/" + NodeAsker.NAME);
      asker.tell(new NodeAsker.Ask(gather.question(), heard));
    }
    context.scheduleOnce(gather.patience(), context.getSelf(), TimedOut.INSTANCE);
  }

  static Behavior<Message> create(NodeAsker.Gather gather) {
    return Behaviors.setup(context -> new NodeGatherer(context, gather));
  }

  private static Set<Address> unreachable(ActorSystem<?> system) {
    var addresses = new HashSet<Address>();
    Cluster.get(system).state().getUnreachable().forEach(each -> addresses.add(each.address()));
    return addresses;
  }

  /** This node too, also while it is no member. */
  private static Set<Address> members(ActorSystem<?> system) {
    var addresses = new HashSet<Address>();
    addresses.add(Cluster.get(system).selfMember().address());
    for (Member member : Cluster.get(system).state().getMembers()) {
      if (SERVING.contains(member.status())) {
        addresses.add(member.address());
      }
    }
    return addresses;
  }

  private static String name(Address address) {
    return address.getHost().orElse("") + ":" + address.getPort().orElse(0);
  }

  static String selfName(ActorSystem<?> system) {
    return name(Cluster.get(system).selfMember().address());
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(Heard.class, this::onHeard)
        .onMessageEquals(TimedOut.INSTANCE, this::finish)
        .build();
  }

  private Behavior<Message> onHeard(Heard heard) {
    if (waiting.remove(heard.told.node())) {
      missing.remove(heard.told.node());
      documents.put(heard.told.node(), heard.told.document());
    }
    return waiting.isEmpty() ? finish() : this;
  }

  private Behavior<Message> finish() {
    result.complete(new EveryNode.Gathered(documents, List.copyOf(missing)));
    return Behaviors.stopped();
  }
}
