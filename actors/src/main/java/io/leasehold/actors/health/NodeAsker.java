package io.leasehold.actors.health;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stands at the same place on every node: answers for it, and starts what asks the others. */
final class NodeAsker extends AbstractBehavior<NodeAsker.Message> {
  /** Of the actor, below {@code /system} on every node: the others find it there. */
  static final String NAME = "every-node";

  sealed interface Message {}

  /** What another node, or this one, wants to know. */
  record Ask(EveryNode.Question question, ActorRef<Told> replyTo) implements Message {}

  /**
   * The answer.
   *
   * @param node that gives it, {@code host:port}
   */
  record Told(String node, String document) {}

  /** Ask all members and complete {@code result}. */
  record Gather(EveryNode.Question question, CompletableFuture<EveryNode.Gathered> result)
      implements Message, NoSerializationVerificationNeeded {}

  /** With three bytes a character still below what the lane for large messages takes, 2 MiB. */
  private static final int MAX_CHARS = 600_000;

  private static final Logger LOG = LoggerFactory.getLogger(NodeAsker.class);

  private final Map<String, Function<EveryNode.Question, String>> sources;
  private final String node;

  private NodeAsker(
      ActorContext<Message> context, Map<String, Function<EveryNode.Question, String>> sources) {
    super(context);
    this.sources = sources;
    this.node = NodeGatherer.selfName(context.getSystem());
  }

  static Behavior<Message> create(Map<String, Function<EveryNode.Question, String>> sources) {
    return Behaviors.setup(context -> new NodeAsker(context, sources));
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Gather.class, this::onGather)
        .build();
  }

  private Behavior<Message> onAsk(Ask ask) {
    EveryNode.Question question = ask.question;
    var source = sources.get(question.what());
    if (source != null) { // otherwise a newer node asks what this one does not know
      try {
        ask.replyTo.tell(new Told(node, fitting(source, question)));
      } catch (RuntimeException e) { // that node says that this one is missing
        LOG.warn("{} cannot be told: {}", question.what(), e.toString());
      }
    }
    return this;
  }

  /** With fewer rows if all that were asked for are too much for one message. */
  private static String fitting(
      Function<EveryNode.Question, String> source, EveryNode.Question question) {
    String document = source.apply(question);
    for (int limit = question.limit() / 2; document.length() > MAX_CHARS && limit > 0; limit /= 2) {
      document = source.apply(new EveryNode.Question(question.what(), question.kind(), limit));
    }
    return document;
  }

  private Behavior<Message> onGather(Gather gather) {
    getContext().spawnAnonymous(NodeGatherer.create(gather.question, gather.result));
    return this;
  }
}
