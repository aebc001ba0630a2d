package io.leasehold.domain.health.alert;

import java.util.List;

/**
 * What is active, and what has ended lately. Immutable.
 *
 * @param active newest first
 * @param resolved that ended last first
 */
public record Alerts(List<Alert> active, List<Alert> resolved) {
  public static final Alerts NONE = new Alerts(List.of(), List.of());

  public Alerts {
    active = List.copyOf(active);
    resolved = List.copyOf(resolved);
  }

  /** Active ones of a severity. */
  public int count(Severity severity) {
    return (int) active.stream().filter(each -> each.severity() == severity).count();
  }
}
