package io.leasehold.actors.dashboard;

import io.leasehold.domain.health.alert.Alerts;
import java.util.List;
import java.util.Objects;

/**
 * What one node adds to a picture of the cluster. Immutable.
 *
 * @param node {@code host:port}
 * @param held live leases it owns
 * @param waiting waits it owns
 * @param telemetry what its sidecar does; a node of an older release says nothing of it
 * @param rows longest queue first, then by key; at most {@value #MAX_ROWS}
 */
public record NodePart(
    String node,
    long held,
    long waiting,
    NodeFigures.Rates rates,
    TelemetryPart telemetry,
    List<LockRow> rows,
    Alerts alerts) {
  public static final int MAX_ROWS = 200;

  public NodePart {
    telemetry = Objects.requireNonNullElse(telemetry, TelemetryPart.NONE);
    rows = List.copyOf(rows);
  }
}
