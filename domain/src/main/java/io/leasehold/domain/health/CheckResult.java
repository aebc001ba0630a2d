package io.leasehold.domain.health;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one check found. Immutable. */
public record CheckResult(ComponentStatus status, String message, List<Detail> details) {

  /**
   * One figure of a check.
   *
   * @param text null if it is a number
   * @param members texts by name, for what there are several of; null otherwise
   */
  public record Detail(
      String name, @Nullable String text, long number, @Nullable Map<String, String> members) {
    public static Detail of(String name, long number) {
      return new Detail(name, null, number, null);
    }

    public static Detail of(String name, String text) {
      return new Detail(name, text, 0, null);
    }

    /** Several of a kind, in the order of the map. */
    public static Detail of(String name, Map<String, String> members) {
      return new Detail(name, null, 0, Collections.unmodifiableMap(members));
    }
  }

  public CheckResult {
    details = List.copyOf(details);
  }

  public static CheckResult healthy(String message, Detail... details) {
    return new CheckResult(ComponentStatus.HEALTHY, message, List.of(details));
  }

  public static CheckResult degraded(String message, Detail... details) {
    return new CheckResult(ComponentStatus.DEGRADED, message, List.of(details));
  }

  public static CheckResult unhealthy(String message, Detail... details) {
    return new CheckResult(ComponentStatus.UNHEALTHY, message, List.of(details));
  }

  /** A part that is switched off is well. */
  public static CheckResult disabled() {
    return healthy("disabled");
  }
}
