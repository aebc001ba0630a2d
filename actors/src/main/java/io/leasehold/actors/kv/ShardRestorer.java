package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImport;
import io.leasehold.domain.kv.KvResult;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Takes what a backup brings into a shard, through its gate as everything that changes it. Confined
 * to the actor of the shard.
 */
final class ShardRestorer implements ShardPart {
  /** Removed with one message: some 2 MiB of keys in one commit at the most. */
  private static final int MAX_CLEARED = 2_000;

  private static final KvTransfer.Taken NOTHING = new KvTransfer.Taken(0, 0, 0, false, null);

  private final ShardAccess shard;

  ShardRestorer(ShardAccess shard) {
    this.shard = shard;
  }

  @Override
  public boolean onMessage(KvMessage message) {
    if (message instanceof KvTransfer.Import batch) {
      shard.submit(new ImportWork(batch));
    } else if (message instanceof KvTransfer.Clear clear) {
      shard.submit(new ClearWork(clear));
    } else {
      return false;
    }
    return true;
  }

  /** Why a shard could not do something. */
  static String text(KvResult why) {
    if (why instanceof KvResult.Unavailable unavailable) {
      return unavailable.message()
          + (unavailable.outcomeUnknown() ? "; whether it was done is not known" : "");
    } else if (why instanceof KvResult.Overloaded overloaded) {
      return overloaded.message();
    } else if (why instanceof KvResult.StorageFull full) {
      return full.scope() + " full: " + full.usedBytes() + " of " + full.limitBytes() + " bytes";
    }
    return "it refused";
  }

  /** Answers when it is known what became of it. */
  private abstract class Work implements GateWork {
    private final ActorRef<KvTransfer.Taken> replyTo;
    private KvTransfer.Taken taken = NOTHING;

    Work(ActorRef<KvTransfer.Taken> replyTo) {
      this.replyTo = replyTo;
    }

    void ran(KvTransfer.Taken outcome) {
      taken = outcome;
    }

    @Override
    public void done() {
      replyTo.tell(taken);
    }

    @Override
    public void refused(KvResult why) {
      replyTo.tell(KvTransfer.Taken.failed(name() + text(why)));
    }

    @Override
    public void moved() {
      replyTo.tell(KvTransfer.Taken.failed(name() + "it moves to another node"));
    }

    String name() {
      return "shard " + shard.shard() + ": ";
    }
  }

  private final class ImportWork extends Work {
    private final KvTransfer.Import batch;

    ImportWork(KvTransfer.Import batch) {
      super(batch.replyTo());
      this.batch = batch;
    }

    @Override
    public long weight() {
      long weight = 0;
      for (KvEntry entry : batch.entries()) {
        weight += entry.accountedBytes();
      }
      return weight;
    }

    @Override
    public void run(KvGroup group) {
      KvImport.Outcome outcome = KvImport.run(group, batch.entries(), batch.overwrite());
      var full = outcome.full();
      ran(
          new KvTransfer.Taken(
              outcome.restored(),
              outcome.skipped(),
              outcome.expired(),
              false,
              full == null ? null : name() + text(full)));
    }
  }

  private final class ClearWork extends Work {
    private final KvTransfer.Clear clear;

    ClearWork(KvTransfer.Clear clear) {
      super(clear.replyTo());
      this.clear = clear;
    }

    @Override
    public long weight() {
      return 64L * MAX_CLEARED;
    }

    @Override
    public void run(KvGroup group) {
      boolean last = KvImport.clear(group, clear.epoch(), MAX_CLEARED);
      ran(new KvTransfer.Taken(0, 0, 0, !last, null));
    }
  }

  @Override
  public void onImage() {}

  @Override
  public void onCommitted(List<KvChange> changes) {}

  @Override
  public void onTick() {}

  @Override
  public void onEnd() {}
}
