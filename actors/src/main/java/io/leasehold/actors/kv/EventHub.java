package io.leasehold.actors.kv;

import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Listener;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * Those who listen to embedded instances on one node. Keeps one subscription for each instance with
 * its shard, wherever that is, and gives out what comes. If this actor fails, the streams of its
 * node end, and their readers connect again.
 */
final class EventHub extends AbstractBehavior<EventHub.Command> {
  /** Names of channels and patterns on all instances together. */
  static final long MAX_NAME_BYTES = 64L << 20;

  private static final Duration TICK = Duration.ofMillis(500);

  /** What the hub is told. */
  sealed interface Command {}

  /**
   * A stream wants this from now on, whether it is new or not.
   *
   * @param outcome told once: null = what happens is told from now on, else why there is no stream
   */
  record Put(
      String instance,
      Listener ear,
      Interest interest,
      boolean isNew,
      long deadlineNanos,
      Consumer<@Nullable String> outcome)
      implements Command, NoSerializationVerificationNeeded {}

  /** A stream is over. */
  record Leave(String instance, Listener ear)
      implements Command, NoSerializationVerificationNeeded {}

  /** The node stops: everybody is told. */
  record Close(ActorRef<Done> replyTo) implements Command, NoSerializationVerificationNeeded {}

  private record Answer(PartAnswer answer) implements Command, NoSerializationVerificationNeeded {}

  private record OwnerGone(ActorRef<KvMessage> owner)
      implements Command, NoSerializationVerificationNeeded {}

  private enum Timer implements Command, NoSerializationVerificationNeeded {
    TICK
  }

  /** The streams of an instance, and what tells them. */
  private static final class Feed {
    final EventFeed streams;
    final IdentityHashMap<Listener, Consumer<@Nullable String>> outcomes = new IdentityHashMap<>();
    @Nullable ActorRef<KvMessage> owner;

    Feed(EventFeed streams) {
      this.streams = streams;
    }
  }

  private final Clock clock;
  private final int shards;
  private final Consumer<EventTraffic.Listen> way;
  private final ActorRef<PartAnswer> answers;
  private final Map<String, Feed> feeds = new HashMap<>();
  private long lastVersion;
  private long nameBytes;
  private boolean closed;

  private EventHub(
      ActorContext<Command> context, Clock clock, int shards, Consumer<EventTraffic.Listen> way) {
    super(context);
    this.clock = clock;
    this.shards = shards;
    this.way = way;
    this.answers = context.messageAdapter(PartAnswer.class, Answer::new);
  }

  /**
   * Starts it.
   *
   * @param way takes what is wanted to its shard; may lose it
   */
  static Behavior<Command> create(Clock clock, int shards, Consumer<EventTraffic.Listen> way) {
    return Behaviors.supervise(
            Behaviors.<Command>withTimers(
                timers ->
                    Behaviors.setup(
                        context -> {
                          timers.startTimerWithFixedDelay(Timer.TICK, TICK);
                          return new EventHub(context, clock, shards, way);
                        })))
        .onFailure(SupervisorStrategy.restart());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answer.class, this::onAnswer)
        .onMessage(Put.class, this::onPut)
        .onMessage(Leave.class, this::onLeave)
        .onMessage(OwnerGone.class, this::onOwnerGone)
        .onMessageEquals(Timer.TICK, this::onTick)
        .onMessage(Close.class, this::onClose)
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<Command> onPut(Put put) {
    if (closed) {
      put.outcome().accept("this node is stopping");
      return this;
    }
    Feed feed = feeds.get(put.instance());
    if (feed == null && !put.isNew()) {
      put.outcome().accept("the stream has ended");
      return this;
    }
    if (feed == null) {
      feed = open(put.instance());
    }
    EventFeed streams = feed.streams;
    if (!put.isNew() && !streams.has(put.ear())) {
      put.outcome().accept("the stream has ended");
      return this;
    }
    long others = nameBytes - streams.nameBytes();
    var known = feed;
    known.outcomes.put(put.ear(), put.outcome());
    boolean taken =
        streams.put(
            put.ear(),
            put.interest(),
            Math.min(EventFeed.MAX_NAME_BYTES, MAX_NAME_BYTES - others),
            put.deadlineNanos(),
            clock.nanos(),
            () -> {
              known.outcomes.remove(put.ear(), put.outcome());
              put.outcome().accept(null);
            });
    nameBytes = others + streams.nameBytes();
    if (!taken) {
      known.outcomes.remove(put.ear(), put.outcome());
      put.outcome().accept("there are too many subscriptions");
      dropIfEmpty(put.instance(), known);
    }
    return this;
  }

  private Feed open(String instance) {
    int shard = KvKeys.shardOf(KvOperation.Commands.keyOf(instance), shards);
    var feed =
        new Feed(
            new EventFeed(
                (version, channels, patterns, monitors) ->
                    way.accept(
                        new EventTraffic.Listen(
                            shard, instance, version, channels, patterns, monitors, answers)),
                () -> ++lastVersion));
    feeds.put(instance, feed);
    return feed;
  }

  private Behavior<Command> onLeave(Leave leave) {
    Feed feed = feeds.get(leave.instance());
    if (feed != null) {
      long before = feed.streams.nameBytes();
      feed.outcomes.remove(leave.ear());
      feed.streams.leave(leave.ear(), clock.nanos());
      nameBytes += feed.streams.nameBytes() - before;
      dropIfEmpty(leave.instance(), feed);
    }
    return this;
  }

  private void dropIfEmpty(String instance, Feed feed) {
    if (feed.streams.isEmpty()) {
      unwatch(feed);
      feeds.remove(instance, feed);
    }
  }

  private Behavior<Command> onAnswer(Answer answer) {
    if (answer.answer() instanceof EventTraffic.Told told) {
      Feed feed = feeds.get(told.instance());
      if (feed != null) {
        told.items().forEach(feed.streams::give);
      }
    } else if (answer.answer() instanceof EventTraffic.Listening listening) {
      onListening(listening);
    } else if (answer.answer() instanceof EventTraffic.Lost lost) {
      sayAgain(lost.instance());
    }
    return this;
  }

  private void onListening(EventTraffic.Listening listening) {
    Feed feed = feeds.get(listening.instance());
    if (feed == null) {
      return;
    }
    feed.streams.confirmed(listening.version(), clock.nanos());
    if (!listening.owner().equals(feed.owner)) {
      unwatch(feed);
      if (!isWatched(listening.owner())) { // several instances may live in one shard
        getContext().watchWith(listening.owner(), new OwnerGone(listening.owner()));
      }
      feed.owner = listening.owner();
    }
  }

  private boolean isWatched(ActorRef<KvMessage> owner) {
    return feeds.values().stream().anyMatch(each -> owner.equals(each.owner));
  }

  private void unwatch(Feed feed) {
    ActorRef<KvMessage> owner = feed.owner;
    feed.owner = null;
    if (owner != null && !isWatched(owner)) {
      getContext().unwatch(owner);
    }
  }

  private Behavior<Command> onOwnerGone(OwnerGone gone) {
    feeds.forEach(
        (instance, feed) -> {
          if (gone.owner().equals(feed.owner)) {
            feed.owner = null;
            sayAgain(instance);
          }
        });
    return this;
  }

  private void sayAgain(String instance) {
    Feed feed = feeds.get(instance);
    if (feed != null) {
      feed.streams.lost(clock.nanos());
    }
  }

  private Behavior<Command> onTick() {
    for (Map.Entry<String, Feed> each : new ArrayList<>(feeds.entrySet())) {
      Feed feed = each.getValue();
      long before = feed.streams.nameBytes();
      for (Listener late : feed.streams.tick(clock.nanos())) {
        refuse(feed, late, "the shard of the instance does not answer");
        late.ended("the shard of the instance does not answer");
      }
      nameBytes += feed.streams.nameBytes() - before;
      dropIfEmpty(each.getKey(), feed);
    }
    return this;
  }

  private static void refuse(Feed feed, Listener ear, String why) {
    var outcome = feed.outcomes.remove(ear);
    if (outcome != null) {
      outcome.accept(why);
    }
  }

  private Behavior<Command> onClose(Close close) {
    closed = true;
    endAll("this node is stopping");
    close.replyTo().tell(Done.getInstance());
    return this;
  }

  private Behavior<Command> onEnd() {
    endAll("the streams of this node have been lost");
    return this;
  }

  private void endAll(String why) {
    for (Feed feed : feeds.values()) {
      List<Listener> ears = feed.streams.ears();
      for (Listener each : ears) {
        refuse(feed, each, why);
        each.ended(why);
        feed.streams.leave(each, clock.nanos()); // the shard is told with the last of them
      }
    }
    feeds.clear();
    nameBytes = 0;
  }
}
