package io.leasehold.domain.health.alert;

/** How urgent an alert is. */
public enum Severity {
  WARNING("warning"),
  CRITICAL("critical");

  private final String wire;

  Severity(String wire) {
    this.wire = wire;
  }

  public String wire() {
    return wire;
  }
}
