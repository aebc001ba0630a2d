package io.leasehold.domain.lock;

import org.jspecify.annotations.Nullable;

/** Why a rule said no. A refusal is an answer, not an error: nothing broke. */
public enum Refusal {
  HELD("held", "ttl_ms"),
  LIMIT_MISMATCH("limit_mismatch", "limit"),
  QUEUE_FULL("queue_full", "waiters"),
  TIMEOUT("timeout", "waited_ms"),
  CANCELLED("cancelled", "waited_ms"),
  SUPERSEDED("superseded", "waited_ms"),
  NOT_HELD("not_held", null),
  NOT_OWNER("not_owner", null),
  STALE_TOKEN("stale_token", null),
  AMBIGUOUS("ambiguous", "holders"),
  REENTRANCY_LIMIT("reentrancy_limit", null),
  NOT_WAITING("not_waiting", null);

  private final String wire;
  private final @Nullable String figureName;

  Refusal(String wire, @Nullable String figureName) {
    this.wire = wire;
    this.figureName = figureName;
  }

  /** The word behind {@code reason} on the wire. */
  public String wire() {
    return wire;
  }

  /** Name of the one number that goes with this reason, null if it has none. */
  public @Nullable String figureName() {
    return figureName;
  }
}
