package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.actors.journal.GroupModel;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the journal of a shard adds up to: its image, and who owned it last. Confined to an actor,
 * but for one thing: who holds the lock may look up entries, while {@link #applyAll} waits.
 */
final class KvModel implements GroupModel<KvChange> {
  private final KvImage.HistoryBounds history;
  private final ReentrantLock lock = new ReentrantLock();
  private KvImage kv;
  private String owner = "";

  /** A shard that never held anything and was never owned. */
  KvModel(KvImage.HistoryBounds history) {
    this.history = history;
    this.kv = new KvImage(history);
  }

  KvImage kv() {
    return kv;
  }

  /** As in the last {@link KvChange.TakenOver}; empty = nobody has it, or it was handed over. */
  String owner() {
    return owner;
  }

  @Override
  public void apply(KvChange change) {
    if (change instanceof KvChange.TakenOver taken) {
      owner = taken.node();
    } else {
      kv.apply(change);
    }
  }

  @Override
  public void applyAll(List<KvChange> changes) {
    lock.lock(); // whoever has it looks up one entry
    try {
      changes.forEach(this::apply);
    } finally {
      lock.unlock();
    }
  }

  /** For a thread that is not the actor's: whether it may look up an entry now. */
  boolean tryLock() {
    return lock.tryLock();
  }

  void unlock() {
    lock.unlock();
  }

  @Override
  public byte[] encode(long firstNumber, List<KvChange> changes) {
    long weight = 16;
    for (KvChange change : changes) {
      weight += change.weight();
    }
    var out = new ByteWriter((int) Math.min(weight, 16L << 20));
    KvChangeCodec.writeFormat(out);
    for (KvChange change : changes) {
      KvChangeCodec.write(out, change);
    }
    return out.toByteArray();
  }

  @Override
  public List<KvChange> decode(long firstNumber, byte[] bytes) {
    var in = new ByteReader(bytes);
    KvChangeCodec.readFormat(in);
    var changes = new ArrayList<KvChange>();
    while (!in.isAtEnd()) {
      changes.add(KvChangeCodec.read(in));
    }
    return changes;
  }

  @Override
  public byte[] image() {
    var out = new ByteWriter((int) Math.min(1_024 + kv.accountedBytes(), 1L << 30));
    KvChangeCodec.writeFormat(out);
    out.writeString(owner);
    KvChangeCodec.writeImage(out, kv);
    return out.toByteArray();
  }

  @Override
  public void load(byte[] bytes) {
    var in = new ByteReader(bytes);
    KvChangeCodec.readFormat(in);
    owner = in.readString();
    kv = KvChangeCodec.readImage(in, history);
  }

  @Override
  public KvModel copy() {
    var copy = new KvModel(history);
    copy.kv = kv.copy();
    copy.owner = owner;
    return copy;
  }

  @Override
  public int size() {
    return kv.entries().size() + kv.marks().size() + kv.keyspaces().size();
  }
}
