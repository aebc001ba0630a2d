package io.leasehold.domain.kv;

/**
 * What an operation does to the deadline of a key. Immutable.
 *
 * @param kind which of the three
 * @param millis from now, only with {@link Kind#AFTER}: 1..{@link #MAX_MILLIS}
 */
public record Ttl(Kind kind, long millis) {
  /** Ten years of 365 days. */
  public static final long MAX_MILLIS = 10L * 365 * 24 * 60 * 60 * 1_000;

  /** No deadline; one that there was is removed. */
  public static final Ttl NONE = new Ttl(Kind.NONE, 0);

  /** The deadline stays as it is. */
  public static final Ttl KEEP = new Ttl(Kind.KEEP, 0);

  /** What happens to the deadline. */
  public enum Kind {
    NONE,
    KEEP,
    AFTER
  }

  public Ttl {
    if (kind == Kind.AFTER ? millis < 1 || millis > MAX_MILLIS : millis != 0) {
      throw new IllegalArgumentException(
          "millis = " + millis + ": must be 1 to " + MAX_MILLIS + " with AFTER, else 0");
    }
  }

  public static Ttl after(long millis) {
    return new Ttl(Kind.AFTER, millis);
  }

  long expiresAt(long shardMillis, long currentExpiresAt) {
    return switch (kind) {
      case NONE -> 0;
      case KEEP -> currentExpiresAt;
      case AFTER -> shardMillis + millis;
    };
  }
}
