package io.leasehold.domain.health;

/** How well a component is, best first. */
public enum ComponentStatus {
  HEALTHY("healthy", 1),
  /** It still serves, but somebody should look. */
  DEGRADED("degraded", 0.5),
  UNHEALTHY("unhealthy", 0);

  private final String wire;
  private final double gauge;

  ComponentStatus(String wire, double gauge) {
    this.wire = wire;
    this.gauge = gauge;
  }

  public String wire() {
    return wire;
  }

  /** 1, 0.5 or 0: what the metric shows. */
  public double gauge() {
    return gauge;
  }
}
