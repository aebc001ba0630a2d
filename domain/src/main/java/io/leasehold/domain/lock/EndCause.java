package io.leasehold.domain.lock;

/** How a lease ended. The order is stored in the journal: append only. */
public enum EndCause {
  RELEASED("released"),
  EXPIRED("expired"),
  FORCED("forced");

  private final String wire;

  EndCause(String wire) {
    this.wire = wire;
  }

  public String wire() {
    return wire;
  }
}
