package io.leasehold.domain.telemetry;

import java.util.List;

/**
 * What came of reading the configuration again. Immutable.
 *
 * @param generation in force afterwards
 * @param changes paths of what is different, such as {@code routing.billing}
 * @param needsRestart paths whose new value only counts after a restart
 * @param errors mistakes of a file that was rejected, in its order
 * @param why it was rolled back, empty otherwise
 */
public record ReloadOutcome(
    Result result,
    int generation,
    List<String> changes,
    List<String> needsRestart,
    List<Mistake> errors,
    String why) {
  public ReloadOutcome {
    changes = List.copyOf(changes);
    needsRestart = List.copyOf(needsRestart);
    errors = List.copyOf(errors);
  }

  /** In one word. */
  public enum Result {
    APPLIED,
    UNCHANGED,
    REJECTED,
    ROLLED_BACK
  }

  /** A mistake and its place, from 1; line 0 = it belongs to no line. */
  public record Mistake(int line, int column, String path, String why) {}
}
