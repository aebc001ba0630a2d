package io.leasehold.actors.kv;

import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.lock.JournalView;
import java.util.List;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** Where the changes of a shard are committed. Confined to the actor of the shard. */
interface ShardJournal {
  /** Opens that of a shard. Safe for any thread. */
  interface Opener {
    ShardJournal open(ActorContext<KvMessage> owner, int shard);
  }

  /** Takes what the writer says. Returns true if the journal has just become usable. */
  boolean onSignal(JournalSignal<KvChange> signal);

  /** The committed state; null until the journal has been read for the first time. */
  @Nullable KvModel state();

  /** Why nothing can be committed now; null if it can. */
  @Nullable String trouble();

  /** One append at a time; the listener is told when the changes are in {@link #state}. */
  void append(List<KvChange> changes, GroupCommitJournal.Listener listener);

  /** Number of the last event that is known to be committed, 0 = none. */
  long sequenceNumber();

  /** When the commit under way, or the last one, was begun. */
  long commitStartedNanos();

  /** Bytes of the last snapshot. */
  long snapshotBytes();

  /** Bytes of the events behind it. */
  long eventBytes();

  JournalView view();

  /** The owner ends: who waits is told that the outcome is unknown. */
  void close(String reason);
}
