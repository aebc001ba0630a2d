package io.leasehold.domain.telemetry;

/**
 * Keeps batches from a destination that fails: closed, then open for a while that doubles, then
 * half-open for a few batches, one at a time. Where a setting is wrong it is open for the longest
 * time at once: somebody has to mend it, here or at the destination. Times are passed in, in
 * nanoseconds of a clock that only moves forward and may wrap. Not thread safe.
 */
public final class Breaker {
  /** The longest that doubling leads to. */
  static final long MAX_OPEN_NANOS = 60_000_000_000L;

  /** What it lets through. */
  public enum State {
    CLOSED,
    HALF_OPEN,
    OPEN
  }

  /**
   * When it opens and closes.
   *
   * @param failureThreshold failed batches in a row that open it, 1 or more
   * @param successThreshold successful ones in a row that close it again, 1 or more
   * @param openNanos how long it is open the first time
   * @param halfOpenRequests batches that are let through when that is over, 1 or more
   */
  public record Limits(
      int failureThreshold, int successThreshold, long openNanos, int halfOpenRequests) {}

  private final Limits limits;
  private State state = State.CLOSED;
  private int failures;
  private int successes;
  private int probes;
  private boolean probing;
  private boolean stuck;
  private long openedAt;
  private long openFor;

  /** Starts closed. */
  public Breaker(Limits limits) {
    this.limits = limits;
    this.openFor = limits.openNanos;
  }

  public State state() {
    return state;
  }

  /**
   * Whether a batch may be sent now. Yes counts as a probe when half-open: {@link #succeeded},
   * {@link #failed} or {@link #gaveUp} must follow.
   */
  public boolean permits(long nowNanos) {
    if (state == State.OPEN && nowNanos - openedAt - openNanos() >= 0) {
      state = State.HALF_OPEN;
      successes = 0;
      probes = 0;
      probing = false;
    }
    return switch (state) {
      case CLOSED -> true;
      case OPEN -> false;
      case HALF_OPEN -> probe();
    };
  }

  private long openNanos() {
    return stuck ? MAX_OPEN_NANOS : openFor;
  }

  private boolean probe() {
    if (probing || probes >= limits.halfOpenRequests) {
      return false;
    }
    probing = true;
    probes++;
    return true;
  }

  /** How long until a batch may be sent, 0 = now. */
  public long waitNanos(long nowNanos) {
    return switch (state) {
      case CLOSED -> 0;
      case HALF_OPEN -> probing ? limits.openNanos : 0;
      case OPEN -> Math.max(0, openNanos() - (nowNanos - openedAt));
    };
  }

  /** A batch arrived. */
  public void succeeded() {
    failures = 0;
    stuck = false;
    probing = false;
    if (state == State.HALF_OPEN
        && ++successes >= Math.min(limits.successThreshold, limits.halfOpenRequests)) {
      state = State.CLOSED;
      openFor = limits.openNanos;
    }
  }

  /** A batch failed, for another reason than a setting. */
  public void failed(long nowNanos) {
    probing = false;
    stuck = false;
    failures++;
    if (state == State.HALF_OPEN) {
      openFor = Math.min(MAX_OPEN_NANOS, openFor * 2);
      open(nowNanos);
    } else if (state == State.CLOSED && failures >= limits.failureThreshold) {
      open(nowNanos);
    }
  }

  /** A batch took longer than it may: one is enough. */
  public void timedOut(long nowNanos) {
    probing = false;
    if (state == State.HALF_OPEN) {
      openFor = Math.min(MAX_OPEN_NANOS, openFor * 2);
    }
    open(nowNanos);
  }

  /** A probe told nothing about the destination. */
  public void gaveUp() {
    if (probing) {
      probing = false;
      probes--;
    }
  }

  /** A setting is wrong, or the destination is not as it has to be: a retry soon is no use. */
  public void stick(long nowNanos) {
    probing = false;
    stuck = true;
    open(nowNanos);
  }

  /** Whether the last attempt said so. */
  public boolean isStuck() {
    return stuck;
  }

  private void open(long nowNanos) {
    state = State.OPEN;
    openedAt = nowNanos;
    failures = 0;
  }
}
