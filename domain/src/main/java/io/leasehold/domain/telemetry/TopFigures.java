package io.leasehold.domain.telemetry;

import java.util.List;

/**
 * What went through in the last second. Immutable.
 *
 * @param receivedPerSecond lines of all sources
 * @param sources those that sent most first, at most {@value #MAX_SOURCES}
 * @param drops reasons that have ever counted something, the busiest first
 */
public record TopFigures(
    double receivedPerSecond,
    double deliveredPerSecond,
    List<SourceRate> sources,
    List<TargetRate> targets,
    List<DropRate> drops) {
  public static final int MAX_SOURCES = 100;

  /** Before the first second is over. */
  public static final TopFigures NONE = new TopFigures(0, 0, List.of(), List.of(), List.of());

  public TopFigures {
    sources = List.copyOf(sources);
    targets = List.copyOf(targets);
    drops = List.copyOf(drops);
  }

  /** Of one source. */
  public record SourceRate(
      String name, double perSecond, double bytesPerSecond, double droppedPerSecond) {}

  /**
   * Of a backend or a chain.
   *
   * @param state of the breaker; of a chain that of the member that gets the next batch
   * @param buffer copies on their way, those in the spool included
   * @param lag of these, copies in the spool
   * @param p99Millis a batch handed over to its confirmation; NaN if none was
   */
  public record TargetRate(
      String name,
      Breaker.State state,
      double perSecond,
      long buffer,
      long lag,
      double p99Millis,
      double droppedPerSecond) {}

  /**
   * Of one reason.
   *
   * @param total since the start of the process
   */
  public record DropRate(String reason, double perSecond, long total) {}
}
