package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.PartitionBoard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Looks after the store on one node: keeps every shard of the cluster running somewhere, so that
 * its entries expire without being asked for, and sends back what a moving shard does not take.
 */
final class KvKeeper extends AbstractBehavior<KvKeeper.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  /** This node is a member: there is somebody to ask. */
  enum Joined implements Message {
    INSTANCE
  }

  /** Another node is no member any more: its shards start elsewhere. */
  enum NodeLeft implements Message {
    INSTANCE
  }

  /** A message that a region or shard would not take. */
  record Undelivered(Object message) implements Message {}

  private record ShardSaid(KvShard.Status status) implements Message {}

  /** The answer to what {@link ShardRouter#ask} asked. */
  private record Reached(KvShard.Status status) implements Message {}

  private record Unreached(int shard) implements Message {}

  private enum Tick implements Message {
    WAKE
  }

  static final Duration WAKE_EVERY = Duration.ofSeconds(10);
  private static final String MOVES = "shard %d moves to another node";
  private static final Duration WAKE_SOON = Duration.ofMillis(250);
  private static final Duration WAKE_AT_START = Duration.ofMillis(50);

  /** So long messages are held at most to make their way shorter. */
  private static final Duration HOLD = Duration.ofMillis(500);

  private final ShardRouter router;
  private final String self;
  private final int shards;
  private final PartitionBoard board;
  private final CompletableFuture<Done> ready;
  private final TimerScheduler<Message> timers;
  private final ActorRef<KvShard.Status> statusTo;
  private final ActorRef<KvShard.Status> reachedTo;

  /** Those that were ready when they were asked last. */
  private final BitSet readyShards = new BitSet();

  private boolean calm;

  private KvKeeper(
      ActorContext<Message> context,
      TimerScheduler<Message> timers,
      ShardRouter router,
      String self,
      int shards,
      PartitionBoard board,
      CompletableFuture<Done> ready) {
    super(context);
    this.router = router;
    this.self = self;
    this.shards = shards;
    this.board = board;
    this.ready = ready;
    this.timers = timers;
    this.statusTo = context.messageAdapter(KvShard.Status.class, ShardSaid::new);
    ActorRef<Message> keeper = context.getSelf();
    this.reachedTo = // a second adapter of one class would take the place of the first
        context.spawn(
            Behaviors.receiveMessage(
                status -> {
                  keeper.tell(new Reached(status));
                  return Behaviors.same();
                }),
            "router");
  }

  /**
   * Starts the keeper.
   *
   * @param self this member, {@code host:port}
   * @param ready completed when every shard has its entries back for the first time
   */
  static Behavior<Message> create(
      ShardRouter router,
      String self,
      int shards,
      PartitionBoard board,
      CompletableFuture<Done> ready) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new KvKeeper(context, timers, router, self, shards, board, ready)));
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessageEquals(Joined.INSTANCE, this::onJoined)
        .onMessageEquals(NodeLeft.INSTANCE, this::onNodeLeft)
        .onMessageEquals(Tick.WAKE, this::onWake)
        .onMessage(ShardSaid.class, this::onShardSaid)
        .onMessage(Reached.class, this::onReached)
        .onMessage(Unreached.class, this::onUnreached)
        .onMessage(Undelivered.class, this::onUndelivered)
        .build();
  }

  /** Not before: a node that is no member has nobody to ask, and its questions would pile up. */
  private Behavior<Message> onJoined() {
    timers.startTimerWithFixedDelay(Tick.WAKE, WAKE_AT_START);
    return this;
  }

  private Behavior<Message> onNodeLeft() {
    hurry(WAKE_SOON);
    return this;
  }

  private void hurry(Duration every) {
    calm = false;
    readyShards.clear();
    timers.startTimerWithFixedDelay(Tick.WAKE, every);
  }

  private Behavior<Message> onWake() {
    if (calm && readyShards.cardinality() < shards) {
      hurry(WAKE_SOON); // somebody has not answered since
    }
    for (int i = 0; i < shards; i++) {
      if (calm || !readyShards.get(i)) {
        router.tell(new KvShard.Wake(i, statusTo));
      }
    }
    if (calm) {
      readyShards.clear();
    }
    return this;
  }

  private Behavior<Message> onShardSaid(ShardSaid said) {
    var status = said.status();
    board.seen(status.shard(), status.node(), status.ready());
    readyShards.set(status.shard(), status.ready());
    if (status.ready() && status.node().equals(self) && router.mayOpen(status.shard())) {
      router.ask(status.shard(), reachedTo);
      timers.startSingleTimer(status.shard(), new Unreached(status.shard()), HOLD);
    }
    if (!calm && readyShards.cardinality() == shards) {
      calm = true;
      ready.complete(Done.getInstance());
      timers.startTimerWithFixedDelay(Tick.WAKE, WAKE_EVERY);
    }
    return this;
  }

  private Behavior<Message> onReached(Reached reached) {
    var status = reached.status();
    router.reached(status.shard(), status.node().equals(self));
    return this;
  }

  private Behavior<Message> onUnreached(Unreached unreached) {
    router.giveUp(unreached.shard());
    return this;
  }

  /** A region drops what reaches it while it hands a shard over: whoever asked, asks again. */
  private Behavior<Message> onUndelivered(Undelivered undelivered) {
    if (undelivered.message instanceof KvShard.Run run) {
      var results = new ArrayList<KvAnswer.Result>();
      for (KvShard.Request request : run.requests()) {
        results.add(new KvAnswer.Result(request.number(), null, false));
      }
      run.replyTo().tell(new KvAnswer.Results(results));
    } else if (undelivered.message instanceof KvShard.Ask ask) {
      ask.replyTo().tell(new KvAnswer.Report(ask.number(), new KvAnswer.Moved()));
    } else if (undelivered.message instanceof KvTransfer.Draw draw) {
      draw.replyTo().tell(KvTransfer.Page.failed(MOVES.formatted(draw.shard())));
    } else if (undelivered.message instanceof KvTransfer.Import entries) {
      entries.replyTo().tell(KvTransfer.Taken.failed(MOVES.formatted(entries.shard())));
    } else if (undelivered.message instanceof KvTransfer.Clear clear) {
      clear.replyTo().tell(KvTransfer.Taken.failed(MOVES.formatted(clear.shard())));
    }
    return this;
  }
}
