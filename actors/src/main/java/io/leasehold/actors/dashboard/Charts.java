package io.leasehold.actors.dashboard;

import java.util.List;

/**
 * The last quarter of an hour of a node, oldest first. Immutable.
 *
 * @param intervalMillis between two points
 */
public record Charts(long intervalMillis, List<Point> points) {
  public Charts {
    points = List.copyOf(points);
  }

  /**
   * One moment.
   *
   * @param wallMillis since the epoch
   * @param responseMillis 95th percentile, NaN if nothing was answered
   * @param errorPercent of all requests, 0..100
   * @param telemetryPerSecond NaN if the telemetry does not run
   */
  public record Point(
      long wallMillis,
      double requestsPerSecond,
      double responseMillis,
      double errorPercent,
      double storageBytes,
      double activeLocks,
      double telemetryPerSecond,
      double memoryMb) {}
}
