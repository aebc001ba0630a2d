package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvNews.GapReason;
import io.leasehold.domain.kv.KvHistory;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.IdentityHashMap;
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
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The watchers of one node: asks each shard that somebody watches for its changes, once for all,
 * and gives them out.
 *
 * <p>One question to a shard is open at a time, and under load the next waits a little, so that
 * many commits come in one answer. A shard that does not answer is asked again. If this actor
 * fails, its watchers' streams fail, and their readers resume.
 */
final class KvWatchHub extends AbstractBehavior<KvWatchHub.Command> {

  /** What the hub is told. */
  sealed interface Command {}

  /** Somebody watches. */
  record Enter(KvWatcher.Order order) implements Command, NoSerializationVerificationNeeded {}

  /** Its reader has taken everything it was given. */
  record Want(KvWatcher.Order order) implements Command, NoSerializationVerificationNeeded {}

  /** Nobody reads it any more. */
  record Leave(KvWatcher.Order order) implements Command, NoSerializationVerificationNeeded {}

  /** The node stops: everybody is told. */
  record Close(ActorRef<Done> replyTo) implements Command, NoSerializationVerificationNeeded {}

  private record Answer(KvHistoryRead.Part part)
      implements Command, NoSerializationVerificationNeeded {}

  private enum Timer implements Command, NoSerializationVerificationNeeded {
    TICK,
    PUMP
  }

  /**
   * What the hub of a node needs.
   *
   * @param dataId which data this is, the same on every node
   * @param way takes questions to their shards
   */
  record Setup(
      int shards,
      String dataId,
      Bounds bounds,
      Clock clock,
      KvWatchMetrics metrics,
      Consumer<KvHistoryRead.Ask> way) {}

  /** The settings of {@code kv.watch}. */
  record Bounds(int historyEvents, long historyBytes, int bufferEvents, long bufferBytes) {}

  private static final Duration TICK = Duration.ofMillis(500);
  private static final Duration PUMP = Duration.ofMillis(40);

  /** Questions that follow an answer at once, in the time of a pump. */
  private static final int WINDOW_QUESTIONS = 16;

  private static final long PATIENCE_NANOS = 2_000_000_000L;

  private final Setup setup;
  private final TimerScheduler<Command> timers;
  private final ActorRef<KvHistoryRead.Part> answers;
  private final KvFeed.Bounds bounds;
  private final @Nullable KvFeed[] feeds;
  private final IdentityHashMap<KvWatcher.Order, KvWatcher> watchers = new IdentityHashMap<>();
  private long questions;
  private long windowNanos;
  private int windowQuestions;
  private boolean pumpSet;
  private boolean closed;

  private KvWatchHub(ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup) {
    super(context);
    this.setup = setup;
    this.timers = timers;
    this.answers = context.messageAdapter(KvHistoryRead.Part.class, Answer::new);
    this.feeds = new KvFeed[setup.shards()];
    this.bounds =
        new KvFeed.Bounds(
            setup.dataId(), setup.bounds().historyEvents(), setup.bounds().historyBytes());
    timers.startTimerWithFixedDelay(Timer.TICK, TICK);
  }

  static Behavior<Command> create(Setup setup) {
    return Behaviors.supervise(
            Behaviors.<Command>withTimers(
                timers -> Behaviors.setup(context -> new KvWatchHub(context, timers, setup))))
        .onFailure(SupervisorStrategy.restart());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answer.class, this::onAnswer)
        .onMessage(Want.class, this::onWant)
        .onMessage(Enter.class, this::onEnter)
        .onMessage(Leave.class, this::onLeave)
        .onMessageEquals(Timer.PUMP, this::onPump)
        .onMessageEquals(Timer.TICK, this::onTick)
        .onMessage(Close.class, this::onClose)
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<Command> onEnter(Enter enter) {
    var watcher =
        new KvWatcher(
            enter.order(),
            setup.bounds().bufferEvents(),
            setup.bounds().bufferBytes(),
            this::countGap);
    if (closed) {
      watcher.end();
      return this;
    }
    watchers.put(enter.order(), watcher);
    for (int i = 0; i < watcher.count(); i++) {
      feed(watcher.first() + i).enter(watcher, setup.clock().nanos());
    }
    return this;
  }

  private KvFeed feed(int shard) {
    KvFeed feed = feeds[shard];
    if (feed == null) {
      feed = new KvFeed(shard, bounds, this::ask);
      feeds[shard] = feed;
    }
    return feed;
  }

  private long ask(int shard, long behind, boolean waits, long epoch) {
    questions++;
    setup.way().accept(new KvHistoryRead.Ask(shard, questions, behind, waits, epoch, answers));
    return questions;
  }

  private void countGap(GapReason reason) {
    setup.metrics().gap(reason.wire());
  }

  private Behavior<Command> onWant(Want want) {
    KvWatcher watcher = watchers.get(want.order());
    if (watcher != null) {
      watcher.want();
      flush(watcher);
    }
    return this;
  }

  private void flush(KvWatcher watcher) {
    watcher.flush(this::history);
  }

  private @Nullable KvHistory history(int shard) {
    KvFeed feed = feeds[shard];
    return feed == null ? null : feed.history();
  }

  private Behavior<Command> onLeave(Leave leave) {
    KvWatcher watcher = watchers.remove(leave.order());
    if (watcher != null) {
      for (int shard = watcher.first(); shard < watcher.first() + watcher.count(); shard++) {
        if (feed(shard).leave(watcher)) {
          feeds[shard] = null;
        }
      }
    }
    return this;
  }

  private Behavior<Command> onAnswer(Answer answer) {
    KvFeed feed = feeds[answer.part().shard()];
    if (feed == null) {
      return this; // nobody watches it any more
    }
    long now = setup.clock().nanos();
    if (feed.take(answer.part(), now)) {
      if (mayGoOn(now)) {
        feed.pump(now);
      } else {
        pumpLater();
        // what comes from all shards until then is given together: few pieces, large ones
        feed.watchers().stream().filter(KvWatcher::hasWholeBatch).forEach(this::flush);
        return this;
      }
    }
    feed.watchers().forEach(this::flush);
    return this;
  }

  private void pumpLater() {
    if (!pumpSet) {
      pumpSet = true;
      timers.startSingleTimer(Timer.PUMP, PUMP);
    }
  }

  /** With little to do the next question follows at once; with much, answers are to be large. */
  private boolean mayGoOn(long nowNanos) {
    if (nowNanos - windowNanos >= PUMP.toNanos()) {
      windowNanos = nowNanos;
      windowQuestions = 0;
    }
    return ++windowQuestions <= WINDOW_QUESTIONS;
  }

  private Behavior<Command> onPump() {
    pumpSet = false;
    watchers.values().forEach(this::flush);
    for (KvFeed feed : feeds) {
      if (feed != null) {
        feed.pump(setup.clock().nanos());
      }
    }
    return this;
  }

  private Behavior<Command> onTick() {
    for (KvFeed feed : feeds) {
      if (feed != null) {
        feed.tick(setup.clock().nanos(), PATIENCE_NANOS);
      }
    }
    return this;
  }

  private Behavior<Command> onClose(Close close) {
    closed = true;
    watchers.values().forEach(KvWatcher::end);
    watchers.clear();
    Arrays.fill(feeds, null);
    close.replyTo().tell(Done.getInstance());
    return this;
  }

  private Behavior<Command> onEnd() {
    var ended = new IllegalStateException("the watchers of this node have been lost");
    watchers.values().forEach(watcher -> watcher.fail(ended));
    watchers.clear();
    return this;
  }
}
