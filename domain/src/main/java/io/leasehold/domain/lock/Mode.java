package io.leasehold.domain.lock;

/** How a lease shares its key. */
public enum Mode {
  /** Takes permits of the key's limit; with limit 1 nobody else holds the key. */
  EXCLUSIVE("exclusive"),
  /** Excludes exclusive leases only. */
  SHARED("shared");

  private final String wire;

  Mode(String wire) {
    this.wire = wire;
  }

  /** The word of the protocol and of every monitoring body. */
  public String wire() {
    return wire;
  }
}
