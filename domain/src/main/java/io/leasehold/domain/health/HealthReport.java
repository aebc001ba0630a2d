package io.leasehold.domain.health;

import java.util.List;
import java.util.Optional;

/**
 * What all components of a node add up to. Immutable.
 *
 * @param timestampMillis wall clock of the run
 */
public record HealthReport(List<Component> components, long timestampMillis) {

  /** One component with the result of its check, and how long that took. */
  public record Component(
      String name,
      boolean critical,
      boolean holdsBackReady,
      CheckResult result,
      long responseMillis) {

    private boolean isUnhealthy() {
      return result.status() == ComponentStatus.UNHEALTHY;
    }
  }

  public HealthReport {
    components = List.copyOf(components);
  }

  /** Unhealthy if a critical component is; degraded if any is not well; otherwise healthy. */
  public ComponentStatus overall() {
    if (criticalCount() > 0) {
      return ComponentStatus.UNHEALTHY;
    }
    return count(ComponentStatus.HEALTHY) == components.size()
        ? ComponentStatus.HEALTHY
        : ComponentStatus.DEGRADED;
  }

  public int count(ComponentStatus status) {
    return (int) components.stream().filter(each -> each.result().status() == status).count();
  }

  /** Critical components that are unhealthy. */
  public int criticalCount() {
    return (int) components.stream().filter(each -> each.critical() && each.isUnhealthy()).count();
  }

  /** The first component that keeps the node from being ready. */
  public Optional<Component> heldBackBy() {
    return components.stream()
        .filter(each -> each.holdsBackReady() && each.isUnhealthy())
        .findFirst();
  }
}
