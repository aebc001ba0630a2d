package io.leasehold.actors.access;

import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.config.access.AccessKey;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.async.AtOnce;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * How much each caller may ask of the store, at all doors together: by API key, and anonymous
 * callers by their address. Safe for any thread.
 */
public final class CallerLimits {
  /** Where a caller comes in. */
  public enum Door {
    KV_HTTP,
    KV_TCP
  }

  private static final int IPV6_NETWORK_GROUPS = 4;
  private static final int IPV6_GROUPS = 8;

  /** Takes from the bucket of a caller; as {@link RateLimiter#take}. */
  public interface Buckets {
    CompletionStage<RateDecision> take(String bucket, RatePolicy policy, int cost);
  }

  private final Buckets buckets;
  private final @Nullable RatePolicy usual;
  private final Map<String, RatePolicy> byKeyId;
  private final EventCounter refusals =
      new EventCounter(
          "leasehold_rate_limited",
          "Refusals by the limit of the store.",
          List.of("door"),
          doors());

  /**
   * Limits as they are set up.
   *
   * @param usual for callers whose key names no rate
   */
  public CallerLimits(Buckets buckets, KvSettings.RateLimit usual, List<AccessKey> keys) {
    this.buckets = buckets;
    this.usual = policy(usual.rate(), usual.burst());
    var own = new HashMap<String, RatePolicy>();
    for (AccessKey key : keys) {
      RatePolicy policy = policy(key.rate(), key.burst());
      if (policy != null) {
        own.put(key.id(), policy);
      }
    }
    this.byKeyId = Map.copyOf(own);
  }

  private static @Nullable RatePolicy policy(int rate, int burst) {
    return rate == 0 ? null : new RatePolicy(rate, burst == 0 ? rate : burst);
  }

  private static List<List<String>> doors() {
    var doors = new ArrayList<List<String>>();
    for (Door door : Door.values()) {
      doors.add(List.of(door.name().toLowerCase(Locale.ROOT)));
    }
    return doors;
  }

  /** Whether anybody is limited; if not, nothing need ask. */
  public boolean inForce() {
    return usual != null || !byKeyId.isEmpty();
  }

  /** What was refused, for a registry. */
  public Collector refusals() {
    return refusals;
  }

  /**
   * Takes the cost of a request, all or nothing.
   *
   * @param caller null = anonymous
   * @param address of the peer, as a number
   * @param cost 1 or more; what is above the burst counts as the burst, so that it can pass
   * @return null if no limit is in force for this caller; completed at once as a rule, else within
   *     some 50 ms, never failed
   */
  public @Nullable CompletionStage<RateDecision> take(
      Door door, ApiKeys.@Nullable Caller caller, String address, int cost) {
    RatePolicy own = caller == null ? null : byKeyId.get(caller.id());
    RatePolicy policy = own == null ? usual : own;
    if (policy == null) {
      return null;
    }
    String bucket = caller == null ? "kv:addr:" + networkOf(address) : "kv:" + caller.id();
    return AtOnce.map(
        buckets.take(bucket, policy, Math.min(cost, policy.burst())),
        decision -> {
          if (!decision.admitted()) {
            refusals.count(door.ordinal(), 1);
          }
          return decision;
        });
  }

  /**
   * What stands for an anonymous caller: the address or, of IPv6, its first 64 bits, since a peer
   * has all addresses with these. Takes what the JDK prints, which leaves no group out.
   */
  static String networkOf(String address) {
    String[] groups = address.split(":", -1);
    return groups.length == IPV6_GROUPS
        ? String.join(":", List.of(groups).subList(0, IPV6_NETWORK_GROUPS))
        : address;
  }
}
