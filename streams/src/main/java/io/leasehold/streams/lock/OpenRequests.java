package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockActor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.WireError;

/**
 * What becomes of the requests of a connection that are not answered: they run out of time, are
 * asked again when their key moves, and end with the connection. Confined to its stage.
 */
final class OpenRequests {
  /** How a request is answered with an error. */
  interface Answerer {
    void answer(AnswerQueue.Slot slot, WireError error, long now);
  }

  private final LockDoor.Rules rules;
  private final AnswerQueue queue;
  private final Deliveries deliveries;
  private final LateGrants late;
  private final Answerer answerer;

  OpenRequests(
      LockDoor.Rules rules,
      AnswerQueue queue,
      Deliveries deliveries,
      LateGrants late,
      Answerer answerer) {
    this.rules = rules;
    this.queue = queue;
    this.deliveries = deliveries;
    this.late = late;
    this.answerer = answerer;
  }

  /** Answers what has not been answered in its time. */
  void timeOut(long now) {
    long millis = rules.requestTimeout().toMillis();
    queue.forEachUnanswered(
        slot -> {
          if (slot.deadlineNanos - now <= 0) {
            if (slot.action == Action.ACQUIRE) {
              late.expect(slot.sequence(), slot.key);
              if (slot.isWait) {
                deliveries.cancel(slot.key, slot.sequence(), LockActor.Cancel.INPUT_ENDED);
              }
            }
            answerer.answer(
                slot,
                WireError.unavailable("owner did not answer within " + millis + " ms", true),
                now);
          }
        });
  }

  /** When {@link #timeOut} has something to do; only if something is unanswered. */
  long nextTimeOutNanos(long now) {
    long[] least = {Long.MAX_VALUE};
    queue.forEachUnanswered(slot -> least[0] = Math.min(least[0], slot.deadlineNanos - now));
    return now + least[0];
  }

  /** Tells the owners of the keys that its waits still stand: one may be new and not know. */
  void confirmWaits(long now) {
    if (queue.waits() > 0) {
      queue.forEachUnanswered(slot -> confirm(slot, now));
      deliveries.send();
    }
  }

  /**
   * Sends a request again that was not looked at, unless that could put it behind a later one on
   * its key. It is not asked for ever: its time-out goes on.
   *
   * @return whether it was sent
   */
  boolean asksAgain(AnswerQueue.Slot slot, long now) {
    if (slot.wait != null) {
      confirm(slot, now);
    } else if (slot.operation != null && !queue.hasAnotherOn(slot)) {
      deliveries.add(slot.key, slot.sequence(), slot.operation);
    } else {
      return false;
    }
    deliveries.send();
    return true;
  }

  private void confirm(AnswerQueue.Slot slot, long now) {
    if (slot.wait != null) {
      long waited = (now - slot.startedNanos) / 1_000_000;
      deliveries.add(slot.key, slot.sequence(), new LockOperation.Confirm(slot.wait, waited));
      slot.confirmed = true;
    }
  }

  /** Nothing more will be asked: waits end, the rest is answered. */
  void inputEnded() {
    cancelWaits(LockActor.Cancel.INPUT_ENDED);
  }

  /** Nobody reads any more: waits end, and what they are being granted is given back. */
  void connectionGone() {
    cancelWaits(LockActor.Cancel.GONE);
  }

  private void cancelWaits(long sequence) {
    deliveries.send();
    if (queue.waits() > 0) {
      queue.forEachUnanswered(
          slot -> {
            if (slot.isWait) {
              deliveries.cancel(slot.key, slot.sequence(), sequence);
            }
          });
    }
  }

  /** The node shuts down: whoever waits is told so, the rest is answered. */
  void drainWaits(long now) {
    if (queue.waits() > 0) {
      cancelWaits(LockActor.Cancel.GONE);
      queue.forEachUnanswered(
          slot -> {
            if (slot.isWait) {
              answerer.answer(slot, WireError.draining(), now);
            }
          });
    }
  }
}
