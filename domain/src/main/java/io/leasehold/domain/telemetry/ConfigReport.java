package io.leasehold.domain.telemetry;

import java.util.List;

/**
 * The configuration in force, and those before it. Immutable.
 *
 * @param sha256 of its file, in hex
 * @param loadedAtMillis since the epoch
 * @param effective JSON of every setting with its value, secrets hidden
 * @param history files that are kept, the newest first
 */
public record ConfigReport(
    int generation, String sha256, long loadedAtMillis, String effective, List<Kept> history) {
  public ConfigReport {
    history = List.copyOf(history);
  }

  /**
   * A configuration of before, in a file of its own.
   *
   * @param generation of this run of the process; 0 = of an earlier one
   * @param keptAtMillis since the epoch
   */
  public record Kept(int generation, String file, String sha256, long keptAtMillis) {}
}
