package io.leasehold.actors.kv;

import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.time.Clock;
import java.util.List;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** A shard's journal in the database. */
final class JournalOfShard implements ShardJournal {
  private final GroupCommitJournal<KvChange> journal;

  private JournalOfShard(GroupCommitJournal<KvChange> journal) {
    this.journal = journal;
  }

  static Opener opener(JournalBoard board, Clock clock, KvImage.HistoryBounds history) {
    return (owner, shard) -> open(owner, shard, board, clock, history);
  }

  private static ShardJournal open(
      ActorContext<KvMessage> owner,
      int shard,
      JournalBoard board,
      Clock clock,
      KvImage.HistoryBounds history) {
    return new JournalOfShard(
        GroupCommitJournal.open(
            owner,
            id(shard),
            () -> new KvModel(history),
            board.snapshots(),
            clock,
            board.metrics(),
            board.cleaner(),
            (change, number) -> {}, // changes carry revisions of their own
            signal -> new KvShard.WriterSaid(shard, signal)));
  }

  /** Name of a shard's journal. */
  static String id(int shard) {
    return "kv-" + shard;
  }

  @Override
  public boolean onSignal(JournalSignal<KvChange> signal) {
    return journal.onSignal(signal);
  }

  @Override
  public @Nullable KvModel state() {
    return (KvModel) journal.state();
  }

  @Override
  public @Nullable String trouble() {
    return journal.trouble();
  }

  @Override
  public void append(List<KvChange> changes, GroupCommitJournal.Listener listener) {
    journal.append(changes, listener);
  }

  @Override
  public long sequenceNumber() {
    return journal.sequenceNumber();
  }

  @Override
  public long commitStartedNanos() {
    return journal.commitStartedNanos();
  }

  @Override
  public long snapshotBytes() {
    return journal.snapshotBytes();
  }

  @Override
  public long eventBytes() {
    return journal.eventBytes();
  }

  @Override
  public JournalView view() {
    return journal.view();
  }

  @Override
  public void close(String reason) {
    journal.close(reason);
  }
}
