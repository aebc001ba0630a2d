package io.leasehold.domain.access;

/**
 * What a limiter says to a request. Immutable.
 *
 * @param admitted all the tokens asked for were taken; else none
 * @param policy that was in force
 * @param remaining tokens left, as far as this node knows
 * @param fullInNanos until the bucket is full again
 * @param retryInNanos until the request could be admitted; 0 if it was, {@link #NEVER} if it asks
 *     for more than the burst
 */
public record RateDecision(
    boolean admitted, RatePolicy policy, long remaining, long fullInNanos, long retryInNanos) {
  public static final long NEVER = -1;

  public static RateDecision admitted(RatePolicy policy, long remaining) {
    return new RateDecision(
        true, policy, remaining, policy.nanosFor(Math.max(0, policy.burst() - remaining)), 0);
  }

  public static RateDecision refused(RatePolicy policy, long remaining, long retryInNanos) {
    return new RateDecision(
        false,
        policy,
        remaining,
        policy.nanosFor(Math.max(0, policy.burst() - remaining)),
        retryInNanos);
  }
}
