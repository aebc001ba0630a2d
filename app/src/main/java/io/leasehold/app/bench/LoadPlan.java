package io.leasehold.app.bench;

import java.time.Duration;

/**
 * What load to put on which server. Immutable.
 *
 * @param connections 1 or more
 * @param pipeline requests in flight on each connection, 1..{@value #MAX_PIPELINE}
 * @param keys of each connection's own, used in turn, 1 or more
 * @param warmup not counted, zero or more
 * @param measured counted, above zero
 * @param threads that send and receive, 1 or 2: the server needs the other cores
 * @param apiKey sent with every request; empty = none
 * @param run keeps the keys of two runs apart, letters and digits only
 */
public record LoadPlan(
    String host,
    int port,
    int connections,
    int pipeline,
    int keys,
    Duration warmup,
    Duration measured,
    int threads,
    String apiKey,
    String run) {
  /** Half of what the server lets one connection have unanswered. */
  public static final int MAX_PIPELINE = 512;

  public LoadPlan {
    within("connections", connections, 1, 60_000);
    within("pipeline", pipeline, 1, MAX_PIPELINE);
    within("keys", keys, 1, 1_000_000);
    within("threads", threads, 1, 2);
    if (measured.compareTo(Duration.ZERO) <= 0) {
      throw new IllegalArgumentException("seconds = " + measured.toSeconds() + ": must be above 0");
    }
    if (warmup.isNegative()) {
      throw new IllegalArgumentException("warmup = " + warmup.toSeconds() + ": must be 0 or more");
    }
  }

  private static void within(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " = " + value + ": must be " + min + ".." + max);
    }
  }
}
