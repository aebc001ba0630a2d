package io.leasehold.actors.kv;

import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.time.Clock;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** A journal that commits, fails and is read when a test says so. */
final class HandJournal implements ShardJournal {
  static final KvImage.HistoryBounds HISTORY = new KvImage.HistoryBounds(4_096, 1 << 20);

  /** What happens next, in the thread of the shard. */
  record Signal(@Nullable KvModel read, @Nullable String failure)
      implements JournalSignal<KvChange> {}

  /** What was appended, for the test. */
  final BlockingQueue<List<KvChange>> appended = new LinkedBlockingQueue<>();

  private final Clock clock;
  private @Nullable KvModel model;
  private @Nullable String trouble = "the journal is being read";
  private @Nullable List<KvChange> changes;
  private GroupCommitJournal.@Nullable Listener listener;
  private long sequenceNumber;
  private long commitStartedNanos;

  HandJournal(Clock clock) {
    this.clock = clock;
  }

  static Signal read(KvModel model) {
    return new Signal(model, null);
  }

  static Signal commit() {
    return new Signal(null, null);
  }

  static Signal fail(String reason) {
    return new Signal(null, reason);
  }

  @Override
  public boolean onSignal(JournalSignal<KvChange> said) {
    var signal = (Signal) said;
    if (signal.read != null) {
      model = signal.read;
      trouble = null;
      return true;
    }
    var told = listener;
    var committed = changes;
    listener = null;
    changes = null;
    if (signal.failure != null) {
      trouble = signal.failure;
      if (told != null) {
        told.failed(signal.failure, true);
      }
    } else if (told != null && committed != null && model != null) {
      model.applyAll(committed);
      sequenceNumber++;
      told.committed(1);
    }
    return false;
  }

  @Override
  public @Nullable KvModel state() {
    return model;
  }

  @Override
  public @Nullable String trouble() {
    return trouble;
  }

  @Override
  public void append(List<KvChange> added, GroupCommitJournal.Listener told) {
    if (listener != null) {
      throw new IllegalStateException("one append at a time");
    }
    changes = added;
    listener = told;
    commitStartedNanos = clock.nanos();
    appended.add(added);
  }

  @Override
  public long sequenceNumber() {
    return sequenceNumber;
  }

  @Override
  public long commitStartedNanos() {
    return commitStartedNanos;
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
    return new JournalView("kv-0", model != null, 0, 0, 0, 0, 0, null, sequenceNumber, 0);
  }

  @Override
  public void close(String reason) {
    var told = listener;
    listener = null;
    if (told != null) {
      told.failed(reason, true);
    }
  }
}
