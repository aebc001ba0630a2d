package io.leasehold.actors.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three members in this JVM, one limit. */
class RateLimiterTest {
  private static final List<ActorTestKit> NODES = new ArrayList<>();
  private static final List<RateLimiter> LIMITERS = new ArrayList<>();

  @BeforeAll
  static void formCluster() {
    for (int i = 0; i < 3; i++) {
      NODES.add(ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 4)));
    }
    var seed = Cluster.get(NODES.get(0).system()).selfMember().address();
    for (ActorTestKit node : NODES) {
      Cluster cluster = Cluster.get(node.system());
      cluster.manager().tell(Join.create(seed));
      LIMITERS.add(new RateLimiter(node.system(), Clock.system(), RateLimiter.Setup.DEFAULTS));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> cluster.selfMember().status().toString().equals("Up"));
    }
  }

  @AfterAll
  static void stop() {
    LIMITERS.forEach(RateLimiter::close);
    NODES.forEach(ActorTestKit::shutdownTestKit);
  }

  /** Waits until the bucket has an owner that answers every node, and is full. */
  private static void warmUp(String bucket, RatePolicy policy) {
    for (RateLimiter limiter : LIMITERS) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                long before = limiter.fallbacks();
                return limiter
                        .take(bucket, policy, 1)
                        .toCompletableFuture()
                        .get(5, TimeUnit.SECONDS)
                        .admitted()
                    && limiter.fallbacks() == before;
              });
    }
  }

  /**
   * Offers three times the limit to the nodes for two seconds, in these shares of a hundred.
   *
   * <p>A node that was too slow to answer the others within their patience makes them fall back:
   * what they admit then is a debt, open at the end at most in full.
   */
  private static void assertLimited(String bucket, RatePolicy policy, int... shares)
      throws Exception {
    warmUp(bucket, policy);
    long before = LIMITERS.stream().mapToLong(RateLimiter::fallbacks).sum();
    Clock clock = Clock.system();
    var admitted = new LongAdder();
    var open = new AtomicLong();
    long offeredPerSecond = 3L * policy.rate();
    long started = clock.nanos();
    long offered = 0;
    long elapsed = 0;
    while (elapsed < Duration.ofSeconds(2).toNanos()) {
      elapsed = clock.nanos() - started;
      while (offered < elapsed / 1e9 * offeredPerSecond) {
        int dice = (int) (offered * 37 % 100);
        int node = dice < shares[0] ? 0 : dice < shares[0] + shares[1] ? 1 : 2;
        open.incrementAndGet();
        LIMITERS
            .get(node)
            .take(bucket, policy, 1)
            .thenAccept(
                decision -> {
                  if (decision.admitted()) {
                    admitted.increment();
                  }
                  open.decrementAndGet();
                });
        offered++;
      }
      Thread.onSpinWait();
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> open.get() == 0);
    double seconds = (clock.nanos() - started) / 1e9;
    double due = policy.burst() + policy.rate() * seconds;
    long debt = LIMITERS.stream().mapToLong(RateLimiter::fallbacks).sum() - before;
    assertThat(admitted.sum()).isBetween(Math.round(0.85 * due), Math.round(due) + debt);
  }

  @Test
  void threeNodesTogetherAdmitWhatTheLimitSays() throws Exception {
    assertLimited("even", new RatePolicy(1_000, 500), 34, 33, 33);
  }

  @Test
  void aLoadThatLeansOnOneNodeIsLimitedAlike() throws Exception {
    assertLimited("skewed", new RatePolicy(1_000, 500), 80, 15, 5);
  }

  @Test
  void moreThanTheBurstIsNeverAdmitted() throws Exception {
    RateDecision decision =
        LIMITERS
            .get(1)
            .take("small", new RatePolicy(5, 5), 6)
            .toCompletableFuture()
            .get(5, TimeUnit.SECONDS);
    assertThat(decision.admitted()).isFalse();
    assertThat(decision.retryInNanos()).isEqualTo(RateDecision.NEVER);
  }

  @Test
  void everyMessageArrivesAsItWas() throws Exception {
    var system = NODES.get(0).system();
    var serializer = new RateMessageSerializer((ExtendedActorSystem) Adapter.toClassic(system));
    var probe = NODES.get(0).createTestProbe(RateOwner.Granted.class);
    for (Object message :
        List.of(
            new RateOwner.Lease("key:a\u00e9", 5, 7, 3, 1, -1, probe.getRef()),
            new RateOwner.GiveBack("b", 9),
            new RateOwner.Granted("b", 1, 2, 3))) {
      byte[] bytes = serializer.toBinary(message);
      assertThat(serializer.fromBinary(bytes, serializer.manifest(message))).isEqualTo(message);
    }
  }

  @Test
  void aFloodOfAddressesSharesOneBucketInTheEnd() {
    ActorTestKit kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 4));
    try (RateLimiter limiter =
        new RateLimiter(
            kit.system(),
            Clock.system(),
            new RateLimiter.Setup(100, Duration.ofSeconds(60), Duration.ofMillis(200)))) {
      var policy = new RatePolicy(1, 1);
      int admitted = 0;
      for (int i = 0; i < 1_000; i++) {
        admitted +=
            limiter.take("addr:" + i, policy, 1).toCompletableFuture().join().admitted() ? 1 : 0;
      }
      assertThat(limiter.buckets()).isEqualTo(101);
      assertThat(admitted).isBetween(101, 110);
    } finally {
      kit.shutdownTestKit();
    }
  }
}
