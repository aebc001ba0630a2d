package io.leasehold.domain.kv;

/**
 * The lock under which a request is made. Immutable.
 *
 * @param lock key of the lock
 * @param token of its lease, 1..2^53 - 1
 */
public record Fence(String lock, long token) {
  public static final long MAX_TOKEN = (1L << 53) - 1;

  public Fence {
    if (token < 1 || token > MAX_TOKEN) {
      throw new IllegalArgumentException("token = " + token + ": must be 1 to " + MAX_TOKEN);
    }
  }
}
