package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.Routing;
import java.util.List;

/**
 * All that decides about a message: swapped as one by a reload, so that a chunk is routed by one
 * configuration or the other. Immutable.
 *
 * @param generation numbers the configurations of a run, from 1
 * @param targets by the numbers that the rules use
 */
record Snapshot(
    int generation, Routing routing, List<Target> targets, MessageReader.Window window) {
  Snapshot {
    targets = List.copyOf(targets);
  }
}
