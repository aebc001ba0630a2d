package io.leasehold.domain.access;

/**
 * How much a caller may ask for. Immutable.
 *
 * @param rate tokens per second, 1..{@value #MAX}
 * @param burst tokens at once, 1..{@value #MAX}
 */
public record RatePolicy(int rate, int burst) {
  /** Bounds both. */
  public static final int MAX = 1_000_000;

  public RatePolicy {
    if (rate < 1 || rate > MAX) {
      throw new IllegalArgumentException("rate = " + rate + ": must be 1 to " + MAX);
    }
    if (burst < 1 || burst > MAX) {
      throw new IllegalArgumentException("burst = " + burst + ": must be 1 to " + MAX);
    }
  }

  /** The same for one of several nodes, at least one token each. */
  public RatePolicy shareOf(int nodes) {
    return new RatePolicy(Math.max(1, rate / nodes), Math.max(1, burst / nodes));
  }

  /** Nanoseconds in which so many tokens come. */
  public long nanosFor(long tokens) {
    return Math.round(tokens * 1e9 / rate);
  }
}
