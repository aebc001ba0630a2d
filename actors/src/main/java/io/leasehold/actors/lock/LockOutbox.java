package io.leasehold.actors.lock;

import io.leasehold.domain.lock.EndCause;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockState;
import io.leasehold.domain.lock.Now;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What one step of a lock actor gives out: changes for the journal, answers for connections.
 * Answers to one connection that follow each other leave as one message. Confined to its actor.
 */
final class LockOutbox implements LockState.Outcomes<Requester> {
  private final LockMetrics metrics;
  private List<LockChange> changes = new ArrayList<>(2);
  private @Nullable ActorRef<LockReplies> replyTo;
  private final LockNode.Self self;
  private LockReplies replies;

  LockOutbox(LockMetrics metrics, LockNode.Self self) {
    this.metrics = metrics;
    this.self = self;
    this.replies = new LockReplies(self.lockAddress());
  }

  boolean hasChanges() {
    return !changes.isEmpty();
  }

  int changeCount() {
    return changes.size();
  }

  /** The changes since the last call, in order; the caller's own. */
  List<LockChange> takeChanges() {
    List<LockChange> taken = changes;
    changes = new ArrayList<>(2);
    return taken;
  }

  /** Without a journal there is nothing to wait for: the changes only need their numbers. */
  void commitAtOnce(LockState<Requester> state, TokenSource tokens, Now now) {
    while (hasChanges()) {
      int count = changes.size();
      changes.clear();
      state.committed(tokens.take(count), count, now, this);
    }
  }

  /** Turns requests away that were not decided: they have done nothing. */
  void refuse(LockActor.Deliver deliver, String reason) {
    var answer = new LockAnswer.Unavailable(reason, false);
    for (LockActor.Request request : deliver.requests()) {
      if (request.operation() instanceof LockOperation.Confirm) {
        continue; // its wait stands, and is confirmed again soon
      }
      answer(new Requester(deliver.replyTo(), request.sequence()), answer);
    }
    sendReplies();
  }

  /** Has requests asked again, elsewhere: they have done nothing here. */
  void sendAway(LockActor.Deliver deliver) {
    for (LockActor.Request request : deliver.requests()) {
      answer(new Requester(deliver.replyTo(), request.sequence()), LockAnswer.Moved.INSTANCE);
    }
  }

  void sendReplies() {
    if (replyTo != null) {
      replyTo.tell(replies);
      replyTo = null;
      replies = new LockReplies(self.lockAddress());
    }
  }

  @Override
  public void answer(Requester requester, LockAnswer answer) {
    if (answer instanceof LockAnswer.LimitReached full) {
      if (full.limit() == LockCapacity.Limit.LOCKS) {
        metrics.rejectedByMaxLocks();
      } else {
        metrics.rejectedByMemory();
      }
    }
    if (replyTo != requester.replyTo()) {
      sendReplies();
      replyTo = requester.replyTo();
    }
    replies.add(requester.sequence(), answer);
  }

  @Override
  public void commit(LockChange change) {
    changes.add(change);
  }

  @Override
  public void ended(EndCause cause, long lateNanos) {
    metrics.ended(cause);
    if (cause == EndCause.EXPIRED) {
      metrics.expiredLate(lateNanos);
    }
  }

  @Override
  public void waited(long nanos) {
    metrics.waited(nanos);
  }
}
