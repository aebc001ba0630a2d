package io.leasehold.actors.kv;

import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.lock.JournalView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps nothing: a change is committed at once, and gone with the process. */
final class MemoryOfShard implements ShardJournal {
  private final KvModel model;
  private final String id;
  private long groups;
  private long changes;

  private MemoryOfShard(String id, KvImage.HistoryBounds history) {
    this.id = id;
    this.model = new KvModel(history);
  }

  static Opener opener(KvImage.HistoryBounds history) {
    return (owner, shard) -> new MemoryOfShard(JournalOfShard.id(shard), history);
  }

  @Override
  public boolean onSignal(JournalSignal<KvChange> signal) {
    throw new IllegalStateException("there is no writer");
  }

  @Override
  public KvModel state() {
    return model;
  }

  @Override
  public @Nullable String trouble() {
    return null;
  }

  @Override
  public void append(List<KvChange> added, GroupCommitJournal.Listener listener) {
    model.applyAll(added);
    groups++;
    changes += added.size();
    listener.committed(groups);
  }

  @Override
  public long sequenceNumber() {
    return groups;
  }

  @Override
  public long commitStartedNanos() {
    return 0;
  }

  @Override
  public long snapshotBytes() {
    return 0;
  }

  @Override
  public long eventBytes() {
    return 0;
  }

  @Override
  public JournalView view() {
    return new JournalView(id, true, 0, 0, 0, 0, 0, null, groups, changes);
  }

  @Override
  public void close(String reason) {}
}
