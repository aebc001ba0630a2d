package io.leasehold.actors.kv;

import io.leasehold.actors.journal.JournalException;
import io.leasehold.actors.journal.JournalNumbers;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * Asks the database for the highest number in the journals of all shards of a node, in one question
 * at a time. A shard whose own number that is was not taken over when the question began.
 */
final class OwnerProver extends AbstractBehavior<OwnerProver.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  /** A shard wants proof: it is told a {@link KvShard.Proof}. */
  record Ask(int shard, ActorRef<KvMessage> replyTo) implements Message {}

  /** The shard has left this node. */
  record Forget(int shard, ActorRef<KvMessage> replyTo) implements Message {}

  private record Answered(long startedNanos, Map<String, Long> highest, @Nullable String failure)
      implements Message {}

  private final Clock clock;
  private final JournalNumbers numbers;

  /** All shards that ever asked: what is learned of one question is told to each. */
  private final Map<Integer, ActorRef<KvMessage>> shards = new LinkedHashMap<>();

  private Map<Integer, ActorRef<KvMessage>> asked = Map.of();
  private boolean again;

  private OwnerProver(ActorContext<Message> context, Clock clock, JournalNumbers numbers) {
    super(context);
    this.clock = clock;
    this.numbers = numbers;
  }

  static Behavior<Message> create(Clock clock, JournalNumbers numbers) {
    return Behaviors.setup(context -> new OwnerProver(context, clock, numbers));
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Forget.class, this::onForget)
        .onMessage(Answered.class, this::onAnswered)
        .build();
  }

  private Behavior<Message> onAsk(Ask ask) {
    shards.put(ask.shard(), ask.replyTo());
    if (asked.isEmpty()) {
      ask();
    } else if (!ask.replyTo().equals(asked.get(ask.shard()))) {
      again = true;
    }
    return this;
  }

  private Behavior<Message> onForget(Forget forget) {
    shards.remove(forget.shard(), forget.replyTo());
    return this;
  }

  private void ask() {
    again = false;
    asked = Map.copyOf(shards);
    List<String> ids = new ArrayList<>();
    asked.keySet().forEach(shard -> ids.add(JournalOfShard.id(shard)));
    long started = clock.nanos();
    getContext()
        .pipeToSelf(
            numbers.highest(ids),
            (highest, failure) ->
                highest == null
                    ? new Answered(started, Map.of(), message(failure))
                    : new Answered(started, highest, null));
  }

  private static String message(@Nullable Throwable failure) {
    return failure == null ? "no answer" : JournalException.rootMessage(failure);
  }

  private Behavior<Message> onAnswered(Answered answered) {
    asked.forEach(
        (shard, ref) ->
            ref.tell(
                new KvShard.Proof(
                    shard,
                    answered.startedNanos(),
                    answered.highest().getOrDefault(JournalOfShard.id(shard), 0L),
                    answered.failure())));
    asked = Map.of();
    if (again) {
      ask();
    }
    return this;
  }
}
