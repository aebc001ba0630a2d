package io.leasehold.domain.lock;

/** How a lease ended. */
public enum EndCause {
  RELEASED(1, "released"),
  EXPIRED(2, "expired"),
  FORCED(3, "forced");

  private final int code;
  private final String wire;

  EndCause(int code, String wire) {
    this.code = code;
    this.wire = wire;
  }

  /** Stored in the journal: never changes. */
  public int code() {
    return code;
  }

  /** The reverse of {@link #code}. */
  public static EndCause ofCode(int code) {
    for (EndCause each : values()) {
      if (each.code == code) {
        return each;
      }
    }
    throw new IllegalArgumentException("end cause " + code + ": this version knows 1 to 3");
  }

  public String wire() {
    return wire;
  }
}
