package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvPage;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.kv.redis.RedisGroup;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of a shard: what can be answered from the committed image is, beside a commit under
 * way; the rest goes through the gate. Confined to the actor of the shard.
 */
final class ShardRequests {
  private static final Logger LOG = LoggerFactory.getLogger(ShardRequests.class);

  private final KvNode node;
  private final int shard;
  private final ShardJournal journal;
  private final ShardOwner owner;
  private final KvGate gate;
  private final KvTime.Source time;
  private final KvOutbox out;
  private final ShardInstances instances;

  ShardRequests(
      KvNode node,
      int shard,
      ShardJournal journal,
      ShardOwner owner,
      KvGate gate,
      KvTime.Source time,
      KvOutbox out,
      ShardInstances instances) {
    this.node = node;
    this.shard = shard;
    this.journal = journal;
    this.owner = owner;
    this.gate = gate;
    this.time = time;
    this.out = out;
    this.instances = instances;
  }

  /** Takes one operation. It is answered through the outbox. */
  void take(KvShard.Request request, KvShard.Run run) {
    KvOperation operation = request.operation();
    Bytes orderKey = KvKeys.hashPart(operation.key()); // of a transaction all keys have the same
    KvModel model = journal.state();
    if (operation.isRead() && model != null && mayShow(operation, orderKey, run, model.kv())) {
      var group = new KvGroup(model.kv(), time.now(), node.rules(), node.capacity());
      KvResult result = run(operation, group, KvMarks.Proof.NOT_ASKED);
      node.metrics().operated(operation.name(), 1, false);
      if (operation instanceof KvOperation.Commands commands) {
        instances.done(commands, List.of()); // nothing that reads publishes
      }
      out.add(run.replyTo(), request.number(), result);
    } else {
      gate.add(new OperationWork(request, orderKey, run));
    }
  }

  private KvResult run(KvOperation operation, KvGroup group, KvMarks.Proof proof) {
    return operation instanceof KvOperation.Commands commands
        ? instances.run(commands, group)
        : group.run(operation, proof);
  }

  /** Whether a read may be answered now: behind it nothing of its key may be answered earlier. */
  private boolean mayShow(KvOperation operation, Bytes orderKey, KvShard.Run run, KvImage image) {
    if (run.stale() && operation.fence() == null) {
      return true;
    }
    return !gate.isBusy(orderKey)
        && owner.isProven()
        && KvGroup.raisesNothing(operation, image, node.rules().marks());
  }

  /** Takes a question. It is answered at once or through the gate. */
  void take(KvShard.Ask ask) {
    KvModel model = journal.state();
    KvShard.Question question = ask.question();
    if (question instanceof KvShard.Measure) {
      answer(ask, measured());
    } else if (question instanceof KvShard.Forget forget) {
      gate.add(new ForgetWork(ask, forget.lock()));
    } else if (model != null && (ask.stale() || owner.isProven())) {
      answer(ask, shown(question, model.kv()));
    } else {
      gate.add(new ShowWork(ask));
    }
  }

  private static void answer(KvShard.Ask ask, KvAnswer.Content content) {
    ask.replyTo().tell(new KvAnswer.Report(ask.number(), content));
  }

  private KvAnswer.Content measured() {
    KvModel model = journal.state();
    if (model == null) {
      return new KvAnswer.Failed(
          new KvResult.Unavailable("shard " + shard + " is being read", false));
    }
    KvImage image = model.kv();
    return new KvAnswer.Measured(
        new KvStore.ShardStats(
            shard,
            node.address(),
            image.entries().size(),
            image.expiring(),
            image.sizeBytes(),
            image.revision(),
            gate.waiting(),
            image.marks().size(),
            journal.snapshotBytes(),
            journal.eventBytes()));
  }

  private KvAnswer.Content shown(KvShard.Question question, KvImage image) {
    if (question instanceof KvShard.Page page) {
      return drawn(page.query(), image);
    } else if (question instanceof KvShard.MarkOf mark) {
      return new KvAnswer.Marked(image.marks().tokens().getOrDefault(mark.lock(), 0L));
    }
    throw new IllegalArgumentException("not to be shown: " + question);
  }

  private KvAnswer.Drawn drawn(KvListing.Query query, KvImage image) {
    long now = time.now().shardMillis();
    KvPage page = KvListing.page(image, query, now);
    var ttls = new ArrayList<Long>(page.entries().size());
    for (KvEntry entry : page.entries()) {
      ttls.add(entry.ttlMillis(now));
    }
    return new KvAnswer.Drawn(page, ttls, image.epoch(), image.revision());
  }

  private KvImage image() {
    KvModel model = journal.state();
    if (model == null) {
      throw new IllegalStateException("the journal has not been read");
    }
    return model.kv();
  }

  /** One operation at the gate. */
  private final class OperationWork implements GateWork {
    private final KvShard.Request request;
    private final Bytes orderKey;
    private final String correlationId;
    private final ActorRef<KvAnswer> replyTo;
    private final long weight;
    private KvMarks.Proof proof = KvMarks.Proof.NOT_ASKED;
    private @Nullable KvResult result;
    private List<RedisGroup.Published> published = List.of();

    OperationWork(KvShard.Request request, Bytes orderKey, KvShard.Run run) {
      this.request = request;
      this.orderKey = orderKey;
      this.correlationId = run.correlationId();
      this.replyTo = run.replyTo();
      this.weight = request.operation().weight();
    }

    @Override
    public long weight() {
      return weight;
    }

    @Override
    public Bytes orderKey() {
      return orderKey;
    }

    @Override
    public @Nullable Fence toAsk(KvGroup group) {
      return group.mustAsk(request.operation(), proof) ? request.operation().fence() : null;
    }

    @Override
    public void told(KvMarks.Proof answer) {
      proof = answer;
    }

    @Override
    public void run(KvGroup group) {
      if (request.operation() instanceof KvOperation.Commands commands) {
        RedisGroup of = group.instances().of(commands.instance());
        int before = of.published().size();
        result = instances.run(commands, group);
        List<RedisGroup.Published> all = of.published();
        published = all.subList(before, all.size());
      } else {
        result = ShardRequests.this.run(request.operation(), group, proof);
      }
    }

    @Override
    public void done() {
      if (result instanceof KvResult.StaleFence) {
        node.metrics().staleFence();
      }
      node.metrics().operated(request.operation().name(), 1, false);
      if (request.operation() instanceof KvOperation.Commands commands) {
        instances.done(commands, published);
      }
      out.add(replyTo, request.number(), result);
    }

    @Override
    public void refused(KvResult why) {
      node.metrics().operated(request.operation().name(), 1, true);
      if (LOG.isDebugEnabled()) {
        LOG.debug("shard {}: {} of {}: {}", shard, request.operation().name(), correlationId, why);
      }
      out.add(replyTo, request.number(), why);
    }

    @Override
    public void moved() {
      out.add(replyTo, request.number(), null);
    }
  }

  /** A question at the gate: it waits for proof, and is answered from the image then. */
  private final class ShowWork implements GateWork {
    private final KvShard.Ask ask;

    ShowWork(KvShard.Ask ask) {
      this.ask = ask;
    }

    @Override
    public long weight() {
      return 0;
    }

    @Override
    public void run(KvGroup group) {}

    @Override
    public void done() {
      answer(ask, shown(ask.question(), image()));
    }

    @Override
    public void refused(KvResult why) {
      answer(ask, new KvAnswer.Failed(why));
    }

    @Override
    public void moved() {
      answer(ask, new KvAnswer.Moved());
    }
  }

  /** A mark that is to go. */
  private final class ForgetWork implements GateWork {
    private final KvShard.Ask ask;
    private final String lock;
    private boolean existed;

    ForgetWork(KvShard.Ask ask, String lock) {
      this.ask = ask;
      this.lock = lock;
    }

    @Override
    public long weight() {
      return lock.length();
    }

    @Override
    public void run(KvGroup group) {
      existed = image().marks().tokens().containsKey(lock);
      if (existed) {
        group.add(new KvChange.MarkForgotten(lock));
      }
    }

    @Override
    public void done() {
      answer(ask, new KvAnswer.Forgotten(existed));
    }

    @Override
    public void refused(KvResult why) {
      answer(ask, new KvAnswer.Failed(why));
    }

    @Override
    public void moved() {
      answer(ask, new KvAnswer.Moved());
    }
  }
}
