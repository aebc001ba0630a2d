package io.leasehold.actors.kv;

import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one shard of the store: takes operations, has them run in groups and committed, answers,
 * removes what expires.
 *
 * <p>One instance per shard in the cluster, always running somewhere. A move to another node loses
 * the history of its changes that is not in the journal, and nothing else: what was not run is
 * asked again by the node that asked.
 */
final class KvShard extends AbstractBehavior<KvMessage> implements ShardAccess {

  /** What a shard is asked. */
  sealed interface Command extends KvMessage {}

  /** One operation. */
  record Request(long number, KvOperation operation) {}

  /**
   * Run these, those on one key in their order. Each is answered once.
   *
   * @param correlationId for the log
   * @param stale reads show what there is, without proof that this is still the owner
   */
  record Run(
      int shard,
      String correlationId,
      boolean stale,
      List<Request> requests,
      ActorRef<KvAnswer> replyTo)
      implements Command {
    Run {
      requests = List.copyOf(requests);
    }
  }

  /** Answer this. */
  record Ask(int shard, long number, boolean stale, Question question, ActorRef<KvAnswer> replyTo)
      implements Command {}

  /** What else a shard may be asked. */
  sealed interface Question {}

  /** A page of its entries: {@link KvAnswer.Drawn}. */
  record Page(KvListing.Query query) implements Question {}

  /** How it is: {@link KvAnswer.Measured}. Always answered at once. */
  record Measure() implements Question {}

  /** The mark of a lock: {@link KvAnswer.Marked}. */
  record MarkOf(String lock) implements Question {}

  /** Forget the mark of a lock: {@link KvAnswer.Forgotten}. */
  record Forget(String lock) implements Question {}

  /** Starts the shard if it does not run, and asks how it is. */
  record Wake(int shard, ActorRef<Status> replyTo) implements Command {}

  /**
   * The answer to {@link Wake}.
   *
   * @param ready its entries are there
   * @param node the member that has it, {@code host:port}
   */
  record Status(int shard, boolean ready, String node) {}

  /**
   * What the database says of the journals of this node.
   *
   * @param startedNanos when it was asked
   * @param highest number in this shard's journal, 0 = it is empty
   * @param failure why it did not answer; null if it did
   */
  record Proof(int shard, long startedNanos, long highest, @Nullable String failure)
      implements Command, NoSerializationVerificationNeeded {}

  record WriterSaid(int shard, JournalSignal<KvChange> signal)
      implements Command, NoSerializationVerificationNeeded {}

  private record LockSaid(int shard, LockReplies replies)
      implements Command, NoSerializationVerificationNeeded {}

  /** A hint that something may be due: timers fire early and late. */
  private record Due(int shard) implements Command, NoSerializationVerificationNeeded {}

  private record Tick(int shard) implements Command, NoSerializationVerificationNeeded {}

  /** Sharding moves the shard away: finish and stop. */
  record Stop() implements Command {
    static final Stop INSTANCE = new Stop();

    @Override
    public int shard() {
      throw new UnsupportedOperationException("sent to a shard directly, never through a region");
    }
  }

  private static final long STOP_PATIENCE_NANOS = 1_000_000_000L;
  private static final Duration TICK = Duration.ofMillis(250);
  private static final Logger LOG = LoggerFactory.getLogger(KvShard.class);

  private final KvNode node;
  private final int shard;
  private final TimerScheduler<KvMessage> timers;
  private final ShardJournal journal;
  private final KvTime.Source time;
  private final ShardOwner owner;
  private final KvOutbox out;
  private final KvGate gate;
  private final ShardRequests requests;
  private final List<ShardPart> parts = new ArrayList<>();
  private long wakeAtMillis;
  private boolean stopping;
  private long stopByNanos;

  private KvShard(
      ActorContext<KvMessage> context, TimerScheduler<KvMessage> timers, KvNode node, int shard) {
    super(context);
    this.node = node;
    this.shard = shard;
    this.out = new KvOutbox(node.desk());
    this.timers = timers;
    this.time = new KvTime.Source(node.clock());
    this.journal = node.journals().open(context, shard);
    this.owner = new ShardOwner(node, shard, journal, context.getSelf());
    ActorRef<LockReplies> lockSays =
        context.messageAdapter(LockReplies.class, replies -> new LockSaid(shard, replies));
    var fences = new FenceAsker(node.clock(), node.locks(), lockSays);
    this.gate = new KvGate(node, journal, owner, fences, time, this::onCommitted);
    var events = new ShardEvents(this);
    this.requests =
        new ShardRequests(
            node, shard, journal, owner, gate, time, out, new ShardInstances(node, events));
    parts.add(events);
    for (ShardPart.Factory each : node.parts()) {
      parts.add(each.create(this));
    }
    node.router().arrived(shard, context.getSelf());
    if (journal.trouble() == null) {
      owner.show(time, gate::isBusy);
      onRecovered();
    }
  }

  /** Starts a shard. */
  static Behavior<KvMessage> create(KvNode node, int shard) {
    return Behaviors.supervise(
            Behaviors.<KvMessage>withTimers(
                timers ->
                    Behaviors.setup(
                        context -> {
                          timers.startTimerWithFixedDelay(new Tick(shard), TICK);
                          return new KvShard(context, timers, node, shard);
                        })))
        .onFailure(SupervisorStrategy.restart());
  }

  @Override
  public Receive<KvMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(Run.class, this::onRun)
        .onMessage(WriterSaid.class, this::onWriterSaid)
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Proof.class, this::onProof)
        .onMessage(LockSaid.class, this::onLockSaid)
        .onMessage(Due.class, this::onDue)
        .onMessage(Tick.class, this::onTick)
        .onMessage(Wake.class, this::onWake)
        .onMessage(Stop.class, this::onStop)
        .onMessage(KvMessage.class, this::onOther)
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<KvMessage> onRun(Run run) {
    for (Request request : run.requests()) {
      requests.take(request, run);
    }
    return goOn();
  }

  private Behavior<KvMessage> onAsk(Ask ask) {
    requests.take(ask);
    return goOn();
  }

  private Behavior<KvMessage> onWriterSaid(WriterSaid said) {
    var before = journal.trouble();
    boolean recovered = journal.onSignal(said.signal());
    var after = journal.trouble();
    showEntries();
    if (recovered) {
      onRecovered();
    } else if (after != null && !after.equals(before)) {
      LOG.warn("shard {}: journal not writable: {}", shard, after);
      gate.close(after);
    }
    return goOn();
  }

  private void onRecovered() {
    gate.open();
    KvImage image = image();
    LOG.debug("shard {}: {} entries", shard, image == null ? 0 : image.entries().size());
    parts.forEach(ShardPart::onImage);
    show(); // who is told that it is ready must not read otherwise in the figures
  }

  private void onCommitted(List<KvChange> changes) {
    parts.forEach(part -> part.onCommitted(changes));
  }

  private Behavior<KvMessage> onProof(Proof proof) {
    var trouble = owner.onProof(proof);
    showEntries();
    gate.onProof(trouble);
    return goOn();
  }

  private Behavior<KvMessage> onLockSaid(LockSaid said) {
    gate.onLockSaid(said.replies());
    return goOn();
  }

  private Behavior<KvMessage> onDue(Due due) {
    wakeAtMillis = 0;
    return goOn();
  }

  private Behavior<KvMessage> onTick(Tick tick) {
    gate.onTick();
    owner.onTick();
    parts.forEach(ShardPart::onTick);
    show();
    return goOn();
  }

  private Behavior<KvMessage> onWake(Wake wake) {
    wake.replyTo().tell(new Status(shard, isReady(), node.address()));
    return this;
  }

  private Behavior<KvMessage> onOther(KvMessage message) {
    for (ShardPart part : parts) {
      if (part.onMessage(message)) {
        return goOn();
      }
    }
    LOG.warn("shard {}: nobody takes {}", shard, message.getClass().getName());
    return this;
  }

  /**
   * Stops when what is under way is committed and the shard handed over, a second later at most.
   */
  private Behavior<KvMessage> onStop(Stop stop) {
    node.router().left(shard, getContext().getSelf());
    stopping = true;
    owner.hide(); // before it is handed over
    stopByNanos = node.clock().nanos() + STOP_PATIENCE_NANOS;
    gate.stop();
    return goOn();
  }

  /** After every message: whatever can be done now, is. */
  private Behavior<KvMessage> goOn() {
    gate.proceed();
    out.flush();
    wakeInTime();
    boolean over = stopping && (gate.isOver() || node.clock().nanos() - stopByNanos >= 0);
    return over ? Behaviors.stopped() : this;
  }

  /** A timer that is set for an earlier time is left alone: it finds nothing due, and sets it. */
  private void wakeInTime() {
    long next = gate.nextWakeMillis();
    if (next == 0 || (wakeAtMillis != 0 && wakeAtMillis <= next)) {
      return;
    }
    wakeAtMillis = next;
    long delay = Math.max(1, next - time.now().shardMillis());
    timers.startSingleTimer("due", new Due(shard), Duration.ofMillis(delay));
  }

  private void showEntries() {
    if (!stopping) {
      owner.show(time, gate::isBusy);
    }
  }

  private boolean isReady() {
    return image() != null;
  }

  private void show() {
    KvImage image = image();
    node.board()
        .show(
            shard,
            new ShardBoard.Figures(
                gate.journalView(),
                image != null,
                image == null ? 0 : image.entries().size(),
                image == null ? 0 : image.sizeBytes(),
                image == null ? 0 : image.marks().size()));
  }

  private Behavior<KvMessage> onEnd() {
    node.router().left(shard, getContext().getSelf());
    owner.hide();
    parts.forEach(ShardPart::onEnd);
    gate.end("shard " + shard + " has ended");
    journal.close("shard " + shard + " has ended");
    out.flush();
    node.board().hide(shard);
    return this;
  }

  @Override
  public int shard() {
    return shard;
  }

  @Override
  public KvNode node() {
    return node;
  }

  @Override
  public ActorContext<KvMessage> actor() {
    return getContext();
  }

  @Override
  public @Nullable KvImage image() {
    KvModel model = journal.state();
    return model == null ? null : model.kv();
  }

  @Override
  public KvTime now() {
    return time.now();
  }

  @Override
  public boolean isProven() {
    return owner.isProven();
  }

  @Override
  public void submit(GateWork work) {
    gate.add(work);
  }
}
