package io.leasehold.actors.dashboard;

import java.util.Map;
import java.util.TreeMap;

/**
 * What the gateway of a node does, per second over some ten. Immutable.
 *
 * @param requests of its data plane
 * @param failed commands that were answered with an error
 * @param refused by reason, one of {@link #reason}; those that are 0 are left out
 * @param times of commands
 * @param streams of events that are open
 */
public record GatewayFigures(
    double requests, double failed, Map<String, Double> refused, Buckets times, double streams) {
  static final GatewayFigures NONE = new GatewayFigures(0, 0, Map.of(), Buckets.EMPTY, 0);

  private static final Map<String, String> REASONS =
      Map.of(
          "400", "error",
          "401", "no_valid_key",
          "403", "not_allowed",
          "404", "no_instance",
          "413", "too_large",
          "429", "rate_limit",
          "500", "bug",
          "501", "not_built",
          "503", "unavailable",
          "504", "timeout");

  private static final String OTHER = "other";

  public GatewayFigures {
    refused = Map.copyOf(refused);
  }

  /** Why an answer with this status is a refusal. */
  static String reason(String status) {
    return REASONS.getOrDefault(status, OTHER);
  }

  /** Of both nodes together. */
  public GatewayFigures plus(GatewayFigures other) {
    var sum = new TreeMap<>(refused);
    other.refused.forEach((reason, rate) -> sum.merge(reason, rate, Double::sum));
    return new GatewayFigures(
        requests + other.requests,
        failed + other.failed,
        sum,
        times.plus(other.times),
        streams + other.streams);
  }

  /** None, to add to. */
  public static GatewayFigures none() {
    return NONE;
  }
}
