package io.leasehold.domain.health.alert;

import java.util.Map;

/**
 * One value of a result.
 *
 * @param labels that tell it from the others of the result
 */
public record Point(Map<String, String> labels, double value) {
  public Point {
    labels = Map.copyOf(labels);
  }
}
