package io.leasehold.actors.access;

import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.async.AtOnce;
import io.prometheus.client.Collector;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * How much may be asked of the gateway: by each valid key, and by each address that has none. Safe
 * for any thread.
 */
public final class GatewayLimits {
  private static final int KEY = 0;
  private static final int ADDRESS = 1;

  private final CallerLimits.Buckets buckets;
  private final int usualRate;
  private final EventCounter refusals =
      new EventCounter(
          "gateway_rate_limited",
          "Refusals by the limits of the gateway.",
          List.of("bucket"),
          List.of(List.of("key"), List.of("address")));

  /**
   * @param usualRate commands per second of a key without a quota, requests per second of an
   *     address; as many at once; 0 = unlimited
   */
  public GatewayLimits(CallerLimits.Buckets buckets, int usualRate) {
    this.buckets = buckets;
    this.usualRate = usualRate;
  }

  /** What was refused, for a registry. */
  public Collector refusals() {
    return refusals;
  }

  /**
   * Takes from the bucket of a key, all or nothing.
   *
   * @param cost 1 or more; what is above the burst is never admitted
   * @return null if the key has no limit; completed at once as a rule, else within some 50 ms,
   *     never failed
   */
  public @Nullable CompletionStage<RateDecision> ofKey(KeyGrant grant, int cost) {
    int rate = grant.rate().orElse(usualRate);
    return rate == 0
        ? null
        : take("key:" + grant.id(), new RatePolicy(rate, grant.burst().orElse(rate)), cost, KEY);
  }

  /**
   * Takes 1 from the bucket of an address; all of a network of IPv6 have one.
   *
   * @param address of the peer, as a number
   * @return as {@link #ofKey}
   */
  public @Nullable CompletionStage<RateDecision> ofAddress(String address) {
    return usualRate == 0
        ? null
        : take(
            "addr:" + CallerLimits.networkOf(address),
            new RatePolicy(usualRate, usualRate),
            1,
            ADDRESS);
  }

  private CompletionStage<RateDecision> take(
      String bucket, RatePolicy policy, int cost, int series) {
    return AtOnce.map(
        buckets.take(bucket, policy, cost),
        decision -> {
          if (!decision.admitted()) {
            refusals.count(series, 1);
          }
          return decision;
        });
  }
}
