package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvTime;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Whether a shard is surely this node's. Confined to the actor of the shard.
 *
 * <p>Where several nodes share a database, an owner writes its name into the journal before
 * anything else, and takes it out when it hands the shard over. Who finds the name of another there
 * waits for longer than that one may answer reads, before it acknowledges a write. A read is
 * answered only while there is proof that nobody else has written: a commit of ours, or a look at
 * the highest number in the journal; what counts is when it began.
 */
final class ShardOwner {
  private final KvNode node;
  private final int shard;
  private final ShardJournal journal;
  private final ActorRef<KvMessage> self;
  private final ShardViews.View view;
  private final KvNode.@Nullable Lease lease;
  private final String name;
  private boolean proven;
  private long provenNanos;
  private boolean asking;
  private boolean held;
  private long heldUntilNanos;

  ShardOwner(KvNode node, int shard, ShardJournal journal, ActorRef<KvMessage> self) {
    this.node = node;
    this.shard = shard;
    this.journal = journal;
    this.self = self;
    this.view = node.views().of(shard);
    this.lease = node.lease();
    this.name = lease == null ? "" : node.address() + "/" + node.ids().get();
  }

  /** What has to be committed before anything else; null = nothing. */
  @Nullable KvChange claim() {
    KvModel model = journal.state();
    return lease == null || model == null || model.owner().equals(name)
        ? null
        : new KvChange.TakenOver(name);
  }

  /**
   * The claim is committed.
   *
   * @param before who had the shard, empty = nobody
   */
  void claimed(String before) {
    if (lease != null && !before.isEmpty()) {
      held = true;
      // the other may answer reads for a lease, by a clock that may run a little slower
      heldUntilNanos = node.clock().nanos() + lease.nanos() / 5 * 6;
    }
  }

  /** What has to be committed before the shard is handed over; null = nothing. */
  @Nullable KvChange handOver() {
    KvModel model = journal.state();
    return lease == null || model == null || !model.owner().equals(name)
        ? null
        : new KvChange.TakenOver("");
  }

  /**
   * Shows the entries to threads that read them, if they are this node's. Called after everything
   * that may have changed whose they are, or which.
   *
   * @param time of the shard
   * @param busy whether something on an order key is under way; asked by any thread
   */
  void show(KvTime.Source time, Predicate<Bytes> busy) {
    KvModel model = journal.state();
    if (model == null || (lease != null && !model.owner().equals(name))) {
      view.shut();
      return;
    }
    view.open(model, time, busy);
    if (proven) {
      view.proven(provenNanos);
    }
  }

  /**
   * It is not known whether a commit is in the journal. If it is, the next owner shows it while we
   * would not.
   */
  void failed() {
    proven = false;
    view.shut();
  }

  /** Nothing is shown until {@link #show} is called again. */
  void hide() {
    view.shut();
  }

  /** Called a few times a second: whoever reads without asking wants proof, too. */
  void onTick() {
    if (view.wasUsed()) {
      isProven();
    }
  }

  /** Nanoseconds until writes may be acknowledged, 0 = they may. */
  long heldNanos() {
    if (held) {
      long left = heldUntilNanos - node.clock().nanos();
      if (left > 0) {
        return left;
      }
      held = false;
    }
    return 0;
  }

  /** Whether a read may be answered now. Asks for the next proof before this one is too old. */
  boolean isProven() {
    if (lease == null) {
      return true;
    }
    KvModel model = journal.state();
    if (!proven || model == null || !model.owner().equals(name)) {
      return false;
    }
    long age = node.clock().nanos() - provenNanos;
    if (age >= lease.nanos() / 2) {
      ask();
    }
    return age < lease.nanos();
  }

  /** A commit of ours that began then was successful. */
  void committed(long startedNanos) {
    proven(startedNanos);
  }

  /** Asks the database: a {@link KvShard.Proof} follows. */
  void ask() {
    if (lease != null && !asking) {
      asking = true;
      lease.prover().tell(new OwnerProver.Ask(shard, self));
    }
  }

  /** Takes what the database said. Returns why there is no proof now, null if there is. */
  @Nullable String onProof(KvShard.Proof proof) {
    asking = false;
    if (proof.failure() != null) {
      return "ownership cannot be proved: " + proof.failure();
    }
    // a number above ours may be that of our commit under way, or of another owner
    if (proof.highest() > journal.sequenceNumber()) {
      return "ownership cannot be proved: the journal goes on to " + proof.highest();
    }
    proven(proof.startedNanos());
    return isProven() ? null : "ownership cannot be proved: the answer came too late";
  }

  private void proven(long startedNanos) {
    if (!proven || startedNanos - provenNanos > 0) {
      proven = true;
      provenNanos = startedNanos;
    }
  }

  /** The shard has ended. */
  void end() {
    if (lease != null) {
      lease.prover().tell(new OwnerProver.Forget(shard, self));
    }
  }
}
