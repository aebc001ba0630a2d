package io.leasehold.domain.health.alert;

import java.util.Map;

/**
 * Something that needs attention, or did. Immutable.
 *
 * @param source {@link #FROM_METRICS} or {@link #FROM_HEALTH}
 * @param labels that tell it from others of its name
 * @param sinceMillis wall clock of its start
 * @param value that was compared with the threshold last
 * @param node where it was seen, {@code host:port}
 * @param resolvedMillis wall clock of its end, 0 while it is active
 */
public record Alert(
    String name,
    Severity severity,
    String title,
    String description,
    String source,
    Map<String, String> labels,
    long sinceMillis,
    double value,
    double threshold,
    String node,
    long resolvedMillis) {
  public static final String FROM_METRICS = "metrics";
  public static final String FROM_HEALTH = "health_check";

  public Alert {
    labels = Map.copyOf(labels);
  }

  /** The same, ended. */
  Alert resolvedAt(long wallMillis) {
    return new Alert(
        name,
        severity,
        title,
        description,
        source,
        labels,
        sinceMillis,
        value,
        threshold,
        node,
        wallMillis);
  }

  /** The same, as it is by now; it has begun when it had. */
  Alert since(long wallMillis) {
    return new Alert(
        name,
        severity,
        title,
        description,
        source,
        labels,
        wallMillis,
        value,
        threshold,
        node,
        resolvedMillis);
  }
}
