package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Backend;
import io.leasehold.streams.telemetry.backend.BackendException;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes batches from a buffer and brings each to an end: confirmed, dead letter or dropped. Retries
 * with pauses of random(0, min(cap, base * 2^n)) ("full jitter", M. Brooker, AWS Architecture Blog,
 * 2015), halves batches whose content is refused, goes on to the next member of a chain when a
 * breaker opens. Runs in a thread of its own, which waits.
 */
final class Delivery implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int MAX_DOUBLINGS = 20;
  private static final int MAX_REFUSED = 64;

  private final Target target;
  private final DeadLetters deadLetters;
  private final Clock clock;
  private final DoubleSupplier random;

  /** Not stored yet; still counted as under way. */
  private final List<DeadLetters.Letter> refused = new ArrayList<>();

  Delivery(Target target, DeadLetters deadLetters, Clock clock, DoubleSupplier random) {
    this.target = target;
    this.deadLetters = deadLetters;
    this.clock = clock;
    this.random = random;
  }

  @Override
  public void run() {
    try {
      while (!target.buffer().isFinished()) {
        Batch batch = target.buffer().take(LOOK_NANOS);
        if (batch != null) {
          target.keep(batch);
          settle(batch);
          store();
        } else {
          target.members().forEach(BackendSlot::idle);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) { // the copies of the batch stay counted as under way
      LOG.error("target {}: its delivery ended", target.name(), e);
    }
  }

  private void settle(Batch whole) throws InterruptedException {
    Batch batch = whole;
    int attempts = 0;
    long since = clock.nanos();
    while (true) {
      BackendSlot slot = awaitMember(since);
      if (slot == null) {
        giveUp(batch, attempts);
        return;
      }
      attempts++;
      BackendException failure = attempt(slot, batch, attempts);
      if (failure == null) {
        return;
      }
      if (failure.kind() == BackendException.Kind.DATA) {
        halve(batch, failure, attempts);
        return;
      }
      if (failure.isUnknown()) {
        batch = batch.afterUnknownOutcome();
      }
      if (isExhausted(slot.settings().retry(), attempts, since)) {
        refuse(batch, DeadLetters.Reason.RETRY_EXHAUSTED, failure.getMessage(), attempts);
        return;
      }
      store();
      target.counts().retried();
      pause(slot, failure, attempts);
    }
  }

  private void giveUp(Batch batch, int attempts) throws InterruptedException {
    if (target.isRolledBack()) {
      refuse(batch, DeadLetters.Reason.ROLLED_BACK, "the configuration was rolled back", attempts);
    } else if (!target.isStopped()) {
      refuse(batch, DeadLetters.Reason.RETRY_EXHAUSTED, lastError(), attempts);
    } else {
      target.givenUp(batch);
    }
  }

  private void delivered(Batch batch) {
    target.counts().delivered(batch);
    target.buffer().settled(batch, true);
  }

  private void drop(DropReason reason, Batch batch, boolean progress) {
    target.counts().dropped(reason, batch);
    target.buffer().settled(batch, progress);
  }

  /** Returns why nothing was delivered, null if the batch is settled. */
  private @Nullable BackendException attempt(BackendSlot slot, Batch batch, int attempts)
      throws InterruptedException {
    long started = clock.nanos();
    Backend.Outcome outcome;
    try {
      outcome = slot.deliver(batch);
    } catch (BackendException e) {
      return e;
    }
    target.counts().latency(clock.nanos() - started);
    if (outcome.refused().isEmpty()) {
      delivered(batch);
    } else {
      settleSome(batch, outcome.refused(), attempts);
    }
    return null;
  }

  private void settleSome(Batch batch, List<Backend.Refusal> some, int attempts)
      throws InterruptedException {
    int from = 0;
    for (Backend.Refusal each : some) {
      if (each.index() > from) {
        delivered(batch.slice(from, each.index()));
      }
      Batch one = batch.slice(each.index(), each.index() + 1);
      if (each.deadLetter() != null) {
        refuse(one, each.deadLetter(), each.error(), attempts);
      } else {
        drop(each.drop() == null ? DropReason.FILTERED : each.drop(), one, true);
      }
      from = each.index() + 1;
    }
    if (from < batch.size()) {
      delivered(batch.slice(from, batch.size()));
    }
  }

  private void halve(Batch batch, BackendException failure, int attempts)
      throws InterruptedException {
    if (batch.size() == 1) {
      refuse(batch, DeadLetters.Reason.DATA_ERROR, failure.getMessage(), attempts);
      return;
    }
    int half = batch.size() / 2;
    settle(batch.slice(0, half));
    settle(batch.slice(half, batch.size()));
  }

  /** To be stored with others: one wait for the disk, not one for each bad message of a batch. */
  private void refuse(Batch batch, DeadLetters.Reason reason, @Nullable String error, int attempts)
      throws InterruptedException {
    refused.add(new DeadLetters.Letter(reason, String.valueOf(error), attempts, batch));
    if (refused.size() == MAX_REFUSED) {
      store();
    }
  }

  /** Waits until the dead letters are stored: they are the last place a message has. */
  private void store() throws InterruptedException {
    for (int tries = 0; !refused.isEmpty(); tries++) {
      try {
        deadLetters.put(target.name(), refused);
        refused.forEach(this::stored);
        refused.clear();
      } catch (IOException e) {
        if (tries == 0) {
          LOG.error("target {}: dead letters cannot be stored: {}", target.name(), e.toString());
        }
        if (target.isStopped()) {
          refused.forEach(each -> target.givenUp(each.batch()));
          refused.clear();
        } else {
          TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
        }
      }
    }
  }

  /** A destination that says no to a message is at work: its target makes progress. */
  private void stored(DeadLetters.Letter letter) {
    boolean answered =
        switch (letter.reason()) {
          case DATA_ERROR, TOO_BIG -> true;
          case RETRY_EXHAUSTED, ROLLED_BACK -> false;
        };
    target.counts().deadLettered(letter.reason(), letter.batch());
    target.buffer().settled(letter.batch(), answered);
  }

  private String lastError() {
    for (BackendSlot each : target.members()) {
      String error = each.lastError();
      if (error != null) {
        return error;
      }
    }
    return "";
  }

  private boolean isExhausted(BackendSettings.Retry retry, int attempts, long since) {
    return (retry.maxAttempts() > 0 && attempts >= retry.maxAttempts()) || isTooOld(retry, since);
  }

  private boolean isTooOld(BackendSettings.Retry retry, long since) {
    Duration maxAge = retry.maxAge();
    return !maxAge.isZero() && clock.nanos() - since >= maxAge.toNanos();
  }

  /**
   * The first member that takes a batch now; null when it is over, or when all breakers have been
   * open for longer than the first member's batches are tried.
   */
  private @Nullable BackendSlot awaitMember(long since) throws InterruptedException {
    while (!target.isStopped()) {
      List<BackendSlot> members = target.members();
      for (BackendSlot each : members) {
        if (each.permits()) {
          return each;
        }
      }
      if (isTooOld(members.get(0).settings().retry(), since)) {
        return null;
      }
      store(); // before a wait of unknown length
      TimeUnit.NANOSECONDS.sleep(STEP_NANOS); // a reload or a stop may come at any time
    }
    return null;
  }

  private void pause(BackendSlot slot, BackendException failure, int attempts)
      throws InterruptedException {
    if (failure.kind() == BackendException.Kind.MISCONFIGURED || slot.waitNanos() > 0) {
      return; // the breaker decides when, or another member takes over
    }
    BackendSettings.Retry retry = slot.settings().retry();
    long base = retry.base().toNanos();
    long cap = retry.cap().toNanos();
    long ceiling = Math.min(cap, base << Math.min(attempts - 1, MAX_DOUBLINGS));
    long nanos = (long) (random.getAsDouble() * (ceiling <= 0 ? cap : ceiling));
    Duration asked = failure.retryAfter();
    if (asked != null) {
      nanos = Math.max(nanos, Math.min(asked.toNanos(), TimeUnit.MINUTES.toNanos(10)));
    }
    long until = clock.nanos() + nanos;
    while (!target.isStopped() && until - clock.nanos() > 0) {
      TimeUnit.NANOSECONDS.sleep(Math.min(STEP_NANOS, Math.max(1, until - clock.nanos())));
    }
  }
}
