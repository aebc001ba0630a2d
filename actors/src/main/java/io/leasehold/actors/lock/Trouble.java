package io.leasehold.actors.lock;

import io.leasehold.domain.lock.EndCause;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockState;
import io.leasehold.domain.lock.Now;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Why the actor of a key decides nothing now, and what it can tell nevertheless: what was committed
 * when the journal could last be used, by the deadlines. Changes nothing and counts nowhere.
 * Confined to its actor.
 */
final class Trouble {
  /**
   * What a partition says of a key when its journal cannot be used. Immutable.
   *
   * @param known what was committed of the key when it last could; null if it was never read
   */
  record Cause(String reason, PartitionImage.@Nullable StoredKey known) {}

  static final Trouble UNREAD = new Trouble("the journal is asked for this key", null);

  private final String reason;
  private final @Nullable LockState<Requester> known;

  private Trouble(String reason, @Nullable LockState<Requester> known) {
    this.reason = reason;
    this.known = known;
  }

  /** Trouble with a key of this node. */
  static Trouble of(Cause cause, String key, LockNode node) {
    var stored = cause.known();
    if (stored == null) {
      return new Trouble(cause.reason(), null);
    }
    var state =
        new LockState<Requester>(
            key, 0, node.partitions().of(key), new LockCapacity(0, 0, false), node.maxWaiters());
    state.restore(stored.limit(), stored.leases(), Now.of(node.clock()), new Nothing());
    return new Trouble(cause.reason(), state);
  }

  /** Whether somebody holds the key, as far as is known. */
  int leaseCount() {
    return known == null ? 0 : known.leaseCount();
  }

  /** Answers whoever only looks, if anything is known, and turns everybody else away. */
  void answer(LockActor.Deliver deliver, Now now, LockOutbox out) {
    var others = new ArrayList<LockActor.Request>();
    for (LockActor.Request request : deliver.requests()) {
      boolean looks =
          request.operation() instanceof LockOperation.Exists
              || request.operation() instanceof LockOperation.Inspect;
      if (known != null && looks) {
        var requester = new Requester(deliver.replyTo(), request.sequence());
        request.operation().decide(known, requester, now, new Answers(out));
      } else {
        others.add(request);
      }
    }
    out.refuse(new LockActor.Deliver(deliver.key(), others, deliver.replyTo()), reason);
  }

  /** Lets nothing out: the journal has the last word on what comes of the leases. */
  private static class Nothing implements LockState.Outcomes<Requester> {
    @Override
    public void answer(Requester requester, LockAnswer answer) {}

    @Override
    public void commit(LockChange change) {}

    @Override
    public void ended(EndCause cause, long lateNanos) {}

    @Override
    public void waited(long nanos) {}
  }

  private static final class Answers extends Nothing {
    private final LockOutbox out;

    Answers(LockOutbox out) {
      this.out = out;
    }

    @Override
    public void answer(Requester requester, LockAnswer answer) {
      out.answer(requester, answer);
    }
  }
}
