package io.leasehold.domain.telemetry;

import java.util.List;

/**
 * What there is of dead letters, and how the last work on them goes. Immutable.
 *
 * @param groups by target and reason
 * @param job the one that runs, or else the last
 */
public record DeadLetterReport(List<Group> groups, DeadLetterJob job) {
  public DeadLetterReport {
    groups = List.copyOf(groups);
  }

  /**
   * Those of one target with one reason.
   *
   * @param bytes with all that is kept beside the message
   * @param oldestMillis when the first of them was given up, since the epoch
   */
  public record Group(String target, String reason, long count, long bytes, long oldestMillis) {}
}
