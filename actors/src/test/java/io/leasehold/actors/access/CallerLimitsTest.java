package io.leasehold.actors.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.access.CallerLimits.Door;
import io.leasehold.config.access.AccessKey;
import io.leasehold.config.access.Scope;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.config.value.Secret;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.RateDecision;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CallerLimitsTest {
  private static final KvSettings.RateLimit OFF = new KvSettings.RateLimit(0, 0);
  private static final ApiKeys.Caller APP = new ApiKeys.Caller("app1", Set.of(), List.of());
  private static final ApiKeys.Caller OTHER = new ApiKeys.Caller("other", Set.of(), List.of());

  private final List<String> taken = new ArrayList<>();
  private boolean full = true;

  private CallerLimits limits(KvSettings.RateLimit usual) {
    var key =
        new AccessKey(
            "access.keys.0",
            "app1",
            new Secret("0".repeat(64)),
            Set.of(Scope.KV_READ),
            List.of(),
            500,
            1_000,
            false,
            false);
    return new CallerLimits(
        (bucket, policy, cost) -> {
          taken.add(bucket + " " + policy.rate() + "/" + policy.burst() + " -" + cost);
          return CompletableFuture.completedFuture(
              full
                  ? RateDecision.admitted(policy, 1)
                  : RateDecision.refused(policy, 0, 120_000_000));
        },
        usual,
        List.of(key));
  }

  @Test
  void aKeyHasItsOwnBucketAndRateTheOthersTheUsualOne() {
    var limits = limits(new KvSettings.RateLimit(10, 0));

    limits.take(Door.KV_TCP, APP, "10.0.0.1", 1);
    limits.take(Door.KV_HTTP, OTHER, "10.0.0.1", 50);
    limits.take(Door.KV_TCP, null, "10.0.0.1", 1);

    assertThat(taken)
        .containsExactly("kv:app1 500/1000 -1", "kv:other 10/10 -10", "kv:addr:10.0.0.1 10/10 -1");
  }

  @Test
  void withoutAnyRateNothingIsTaken() {
    var limits = limits(OFF);

    assertThat(limits.take(Door.KV_TCP, OTHER, "10.0.0.1", 1)).isNull();
    assertThat(limits.take(Door.KV_TCP, null, "10.0.0.1", 1)).isNull();
    assertThat(limits.take(Door.KV_TCP, APP, "10.0.0.1", 1)).isNotNull();
    assertThat(taken).hasSize(1);
  }

  @Test
  void refusalsAreCountedByDoor() {
    var limits = limits(OFF);
    full = false;

    limits.take(Door.KV_TCP, APP, "10.0.0.1", 1);

    assertThat(limits.refusals().collect().get(0).samples)
        .extracting(sample -> sample.labelValues.get(0) + " " + sample.value)
        .containsExactly("kv_http 0.0", "kv_tcp 1.0");
  }

  @Test
  void addressesOfOneIpv6NetworkAreOneCaller() throws Exception {
    String one = InetAddress.getByName("2001:db8::1").getHostAddress();
    String two = InetAddress.getByName("2001:db8::ffff:2").getHostAddress();
    String far = InetAddress.getByName("2001:db8:0:1::1").getHostAddress();

    assertThat(CallerLimits.networkOf(one)).isEqualTo(CallerLimits.networkOf(two));
    assertThat(CallerLimits.networkOf(one)).isNotEqualTo(CallerLimits.networkOf(far));
    assertThat(CallerLimits.networkOf("10.0.0.1")).isEqualTo("10.0.0.1");
  }
}
