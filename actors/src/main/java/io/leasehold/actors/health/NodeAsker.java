package io.leasehold.actors.health;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
  record Gather(
      EveryNode.Question question, Duration patience, CompletableFuture<EveryNode.Gathered> result)
      implements Message, NoSerializationVerificationNeeded {}

  /** With three bytes a character still below what the lane for large messages takes, 2 MiB. */
  private static final int MAX_CHARS = 600_000;

  private static final Logger LOG = LoggerFactory.getLogger(NodeAsker.class);

  private final Map<String, Function<EveryNode.Question, CompletionStage<String>>> sources;
  private final String node;

  private NodeAsker(
      ActorContext<Message> context,
      Map<String, Function<EveryNode.Question, CompletionStage<String>>> sources) {
    super(context);
    this.sources = sources;
    this.node = NodeGatherer.selfName(context.getSystem());
  }

  static Behavior<Message> create(
      Map<String, Function<EveryNode.Question, CompletionStage<String>>> sources) {
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
    var source = sources.get(ask.question.what());
    if (source != null) { // otherwise a newer node asks what this one does not know
      tell(source, ask.question, ask.replyTo);
    }
    return this;
  }

  /** With fewer rows if all that were asked for are too much for one message. */
  private void tell(
      Function<EveryNode.Question, CompletionStage<String>> source,
      EveryNode.Question question,
      ActorRef<Told> replyTo) {
    CompletionStage<String> document;
    try {
      document = source.apply(question);
    } catch (RuntimeException e) {
      document = CompletableFuture.failedFuture(e);
    }
    document.whenComplete(
        (text, failure) -> {
          int fewer = question.limit() / 2;
          if (text == null) { // whoever asked says that this node is missing
            LOG.warn("{} cannot be told: {}", question.what(), String.valueOf(failure));
          } else if (text.length() > MAX_CHARS && fewer > 0) {
            var less = new EveryNode.Question(question.what(), question.kind(), fewer);
            tell(source, less, replyTo);
          } else {
            replyTo.tell(new Told(node, text));
          }
        });
  }

  private Behavior<Message> onGather(Gather gather) {
    getContext().spawnAnonymous(NodeGatherer.create(gather));
    return this;
  }
}
