package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.Breaker.State;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Backend;
import io.leasehold.streams.telemetry.backend.BackendException;
import io.leasehold.streams.telemetry.backend.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backend with its breaker: opened when it is first needed, never asked for more at once than it
 * takes, watched for deliveries that take too long. Safe for any thread; {@link #deliver} blocks.
 */
final class BackendSlot {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");

  private static final class Running {
    final long since;
    boolean late;

    Running(long since) {
      this.since = since;
    }
  }

  private final BackendSettings settings;
  private final Backend backend;
  private final Clock clock;
  private final Breaker breaker;
  private final int concurrency;
  private final Semaphore permits;
  private final List<Running> running = new ArrayList<>();
  private final LongAdder[] transitions = {new LongAdder(), new LongAdder(), new LongAdder()};
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable BackendSlot predecessor;
  private volatile boolean opened;
  private boolean released; // guarded by closed
  private volatile boolean troubled;
  private volatile @Nullable String lastError;
  private volatile String lastReason = "";

  /**
   * Not open yet.
   *
   * @param predecessor must have let go of what both use, such as a directory; null = none
   */
  BackendSlot(
      BackendSettings settings, Backend backend, @Nullable BackendSlot predecessor, Clock clock) {
    this.predecessor = predecessor;
    this.settings = settings;
    this.backend = backend;
    this.clock = clock;
    var limits = settings.breaker();
    this.breaker =
        new Breaker(
            new Breaker.Limits(
                limits.failureThreshold(),
                limits.successThreshold(),
                limits.timeout().toNanos(),
                limits.halfOpenRequests()));
    this.concurrency = Math.max(1, backend.concurrency());
    this.permits = new Semaphore(concurrency, true);
  }

  String name() {
    return settings.name();
  }

  BackendSettings settings() {
    return settings;
  }

  int concurrency() {
    return concurrency;
  }

  /** Whether a batch must come again as it was, also after a restart. */
  boolean keepsBatches() {
    return backend.keepsBatches();
  }

  /** Whether a batch may be sent now; if so, {@link #deliver} must follow. */
  boolean permits() {
    synchronized (breaker) {
      State before = breaker.state();
      boolean permitted = breaker.permits(clock.nanos());
      noteTransition(before);
      return permitted;
    }
  }

  /** How long until a batch may be sent. */
  long waitNanos() {
    synchronized (breaker) {
      return breaker.waitNanos(clock.nanos());
    }
  }

  State state() {
    synchronized (breaker) {
      return breaker.state();
    }
  }

  /** Whether somebody must change a setting, or the destination. */
  boolean isMisconfigured() {
    synchronized (breaker) {
      return breaker.isStuck();
    }
  }

  /** Whether the breaker has opened at any time. */
  boolean wasTroubled() {
    return troubled;
  }

  @Nullable String lastError() {
    return lastError;
  }

  /** A word for the last failure, such as {@code disk_full}; empty before the first. */
  String lastReason() {
    return lastReason;
  }

  long transitions(State to) {
    return transitions[to.ordinal()].sum();
  }

  /** Opens if need be, and delivers. Tells the breaker. */
  Backend.Outcome deliver(Batch batch) throws BackendException, InterruptedException {
    boolean told = false;
    try {
      if (!opened) {
        open();
      }
      permits.acquire();
      Backend.Outcome outcome;
      try {
        if (closed.get()) {
          throw BackendException.retryable("closed", "another has taken its place", null);
        }
        Running run = begin();
        try {
          outcome = backend.deliver(batch);
        } finally {
          end(run);
        }
      } finally {
        permits.release();
      }
      synchronized (breaker) {
        State before = breaker.state();
        breaker.succeeded();
        noteTransition(before);
      }
      told = true;
      return outcome;
    } catch (BackendException e) {
      failed(e);
      told = true;
      throw e;
    } catch (RuntimeException e) { // a bug of the backend must not end the thread of the target
      LOG.error("backend {}: unexpected failure", name(), e);
      BackendException failure = BackendException.retryable("internal", e.toString(), e);
      failed(failure);
      told = true;
      throw failure;
    } finally {
      if (!told) {
        synchronized (breaker) {
          breaker.gaveUp();
        }
      }
    }
  }

  private void open() throws BackendException, InterruptedException {
    permits.acquire(concurrency); // it runs alone
    try {
      if (!opened && !closed.get()) {
        closePredecessor();
        Running run = begin();
        try {
          backend.open();
          opened = true;
        } finally {
          end(run);
        }
      }
    } finally {
      permits.release(concurrency);
    }
  }

  /** Waits for its running batch; forgets it, so that a hundred reloads leave no chain. */
  private void closePredecessor() {
    BackendSlot before = predecessor;
    if (before != null) {
      before.close();
      predecessor = null;
    }
  }

  private Running begin() {
    var run = new Running(clock.nanos());
    synchronized (running) {
      running.add(run);
    }
    return run;
  }

  private void end(Running run) {
    synchronized (running) {
      running.remove(run);
    }
  }

  private void failed(BackendException e) {
    lastError = String.valueOf(e.getMessage());
    lastReason = e.reason();
    if (e.reopens()) {
      opened = false;
    }
    synchronized (breaker) {
      State before = breaker.state();
      switch (e.kind()) {
        case DATA -> breaker.gaveUp();
        case RETRYABLE -> breaker.failed(clock.nanos());
        case MISCONFIGURED -> breaker.stick(clock.nanos());
      }
      noteTransition(before);
    }
  }

  private void noteTransition(State before) {
    State now = breaker.state();
    if (now == before) {
      return;
    }
    transitions[now.ordinal()].increment();
    if (now == State.OPEN) {
      troubled = true;
      LOG.warn("backend {}: breaker open: {} ({})", name(), lastReason, lastError);
    } else if (now == State.CLOSED) {
      LOG.info("backend {}: breaker closed", name());
    }
  }

  /** Opens the breaker for a delivery that takes longer than it may, and breaks it off. */
  void checkTime() {
    BackendSlot leaving = predecessor;
    if (leaving != null) {
      leaving.checkTime(); // we wait for it
    }
    long limit = settings.batch().timeout().toNanos();
    boolean late = false;
    long now = clock.nanos();
    synchronized (running) {
      for (Running each : running) {
        if (!each.late && now - each.since > limit) {
          each.late = true;
          late = true;
        }
      }
    }
    if (late) {
      lastReason = "timeout";
      lastError = "no answer within " + settings.batch().timeout().toMillis() + " ms";
      synchronized (breaker) {
        State before = breaker.state();
        breaker.timedOut(now);
        noteTransition(before);
      }
      backend.abort();
    }
  }

  /** Whether all that was delivered is safe at its destination; waits for its disk. */
  boolean sync() {
    BackendSlot before = predecessor;
    if (before != null && !before.sync()) {
      return false;
    }
    try {
      if (opened) {
        backend.sync();
      }
      return true;
    } catch (BackendException e) {
      LOG.warn("backend {}: {}", name(), e.getMessage());
      return false;
    }
  }

  /** Breaks off what is under way. */
  void abort() {
    backend.abort();
  }

  /** For a backend that has nothing to do. */
  void idle() {
    if (opened && permits.tryAcquire(concurrency)) {
      try {
        backend.idle();
      } finally {
        permits.release(concurrency);
      }
    }
  }

  /**
   * Waits for what is under way, then lets the backend go; once. Who comes second waits until it is
   * gone too.
   */
  void close() {
    closed.set(true); // who waits for its turn gives up
    synchronized (closed) {
      if (released) {
        return;
      }
      released = true;
      closePredecessor();
      permits.acquireUninterruptibly(concurrency);
      try {
        backend.close();
      } finally {
        permits.release(concurrency);
      }
    }
  }
}
