package io.leasehold.actors.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Three members in this JVM, one limit. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RateLimiterTest {
  private static final List<ActorTestKit> NODES = new ArrayList<>();
  private static final List<RateLimiter> LIMITERS = new ArrayList<>();

  @BeforeAll
  static void formCluster() {
    for (int i = 0; i < 3; i++) {
      // a node that is terminated here is gone as one that was killed
      var config =
          ConfigFactory.parseString(
                  "pekko.coordinated-shutdown.run-by-actor-system-terminate = off")
              .withFallback(PekkoSettings.of("127.0.0.1", 0, 4));
      NODES.add(ActorTestKit.create("leasehold", config));
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

  /** The nodes need the cores. */
  private static void rest() {
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
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
   * What came of an offer.
   *
   * @param due burst + rate * t
   * @param debt how often a node did without the owner: what it admitted then is open at the end at
   *     most in full
   */
  private record Offer(long offered, long admitted, double due, long debt) {}

  /** Offers three times the limit to the nodes, in these shares of a hundred. */
  private static Offer offer(Duration time, String bucket, RatePolicy policy, int... shares) {
    warmUp(bucket, policy);
    long before = LIMITERS.stream().mapToLong(RateLimiter::fallbacks).sum();
    Clock clock = Clock.system();
    var admitted = new LongAdder();
    var open = new AtomicLong();
    long offeredPerSecond = 3L * policy.rate();
    long started = clock.nanos();
    long offered = 0;
    long elapsed = 0;
    while (elapsed < time.toNanos()) {
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
      rest();
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> open.get() == 0);
    double seconds = (clock.nanos() - started) / 1e9;
    double due = policy.burst() + policy.rate() * seconds;
    long debt = LIMITERS.stream().mapToLong(RateLimiter::fallbacks).sum() - before;
    return new Offer(offered, admitted.sum(), due, debt);
  }

  /** Over two seconds; a node too slow to answer within the patience of the others costs a debt. */
  private static void assertLimited(String bucket, RatePolicy policy, int... shares) {
    Offer offer = offer(Duration.ofSeconds(2), bucket, policy, shares);
    assertThat(offer.admitted)
        .isBetween(Math.round(0.9 * offer.due), Math.round(offer.due) + offer.debt);
  }

  @Test
  void threeNodesTogetherAdmitWhatTheLimitSays() {
    assertLimited("even", new RatePolicy(1_000, 500), 34, 33, 33);
  }

  @Test
  void aLoadThatLeansOnOneNodeIsLimitedAlike() {
    assertLimited("skewed", new RatePolicy(1_000, 500), 80, 15, 5);
  }

  @Test
  @Tag("fault")
  @Timeout(120)
  void overTenSecondsTheyStayWithinATenthOfTheLimit() {
    var policy = new RatePolicy(1_000, 500);
    Map<String, int[]> loads =
        Map.of("long-even", new int[] {34, 33, 33}, "long-skewed", new int[] {80, 15, 5});
    loads.forEach(
        (bucket, shares) -> {
          Offer offer = offer(Duration.ofSeconds(10), bucket, policy, shares);
          System.out.println(bucket + ": " + offer);
          assertThat(offer.admitted)
              .as(bucket + ": " + offer)
              .isBetween(Math.round(0.9 * offer.due), Math.round(1.1 * offer.due));
        });
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

  /** Every node uses the bucket for so long; what they admitted together. */
  private static long admittedIn(Duration time, String bucket, RatePolicy policy) {
    Clock clock = Clock.system();
    var admitted = new LongAdder();
    var open = new AtomicLong();
    long started = clock.nanos();
    while (clock.nanos() - started < time.toNanos()) {
      for (RateLimiter limiter : LIMITERS) {
        open.incrementAndGet();
        limiter
            .take(bucket, policy, 1)
            .thenAccept(
                decision -> {
                  admitted.add(decision.admitted() ? 1 : 0);
                  open.decrementAndGet();
                });
      }
      while (open.get() > 50) {
        rest();
      }
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> open.get() == 0);
    return admitted.sum();
  }

  @Test
  void aChangedQuotaHoldsOnEveryNodeAtOnce() throws Exception {
    var slow = new RatePolicy(1, 30);
    var fast = new RatePolicy(10_000, 10_000);
    warmUp("changed", slow);
    admittedIn(Duration.ofMillis(300), "changed", slow);
    for (RateLimiter limiter : LIMITERS) {
      assertThat(limiter.take("changed", slow, 25).toCompletableFuture().get().admitted())
          .isFalse(); // and would be for 25 seconds
    }

    for (RateLimiter limiter : LIMITERS) {
      await()
          .atMost(Duration.ofSeconds(1))
          .until(() -> limiter.take("changed", fast, 25).toCompletableFuture().get().admitted());
    }

    admittedIn(Duration.ofMillis(500), "changed", slow); // what is left of a bucket that was full
    assertThat(admittedIn(Duration.ofSeconds(2), "changed", slow)).isBetween(1L, 5L);
  }

  /** Alone, under sixteen threads, to the token; the clock moves when somebody was refused. */
  @Test
  void sixteenThreadsTakeWhatThereIsAndNotOneMore() throws Exception {
    ActorTestKit kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 4));
    var nanos = new AtomicLong(1);
    var policy = new RatePolicy(1_000, 100);
    int steps = 200;
    int perStep = 10; // milliseconds, thus tokens
    var admitted = new LongAdder();
    var refused = new LongAdder();
    var ended = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try (var limiter = new RateLimiter(kit.system(), clock(nanos), RateLimiter.Setup.DEFAULTS)) {
      for (int i = 0; i < 16; i++) {
        threads.execute(
            () -> {
              while (!ended.get()) {
                boolean yes =
                    limiter.take("one", policy, 1).toCompletableFuture().join().admitted();
                (yes ? admitted : refused).increment();
              }
            });
      }
      for (int i = 0; i < steps; i++) {
        awaitMore(refused);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(perStep));
      }
      awaitMore(refused);
    } finally {
      ended.set(true);
      threads.shutdown();
      assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      kit.shutdownTestKit();
    }
    // only now: a thread may have been admitted and stopped before it counted that
    assertThat(admitted.sum()).isEqualTo(policy.burst() + steps * perStep);
  }

  /** Of those that are on their way one each may be of before. */
  private static void awaitMore(LongAdder count) {
    long enough = count.sum() + 17;
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(1))
        .until(() -> count.sum() >= enough);
  }

  private static Clock clock(AtomicLong nanos) {
    return new Clock() {
      @Override
      public long nanos() {
        return nanos.get();
      }

      @Override
      public long wallMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanos.get());
      }
    };
  }

  @Test
  void aFloodOfAddressesSharesOneBucketAndTakesNothingFromKeys() {
    ActorTestKit kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 4));
    var nanos = new AtomicLong(1);
    var setup = new RateLimiter.Setup(1_000, Duration.ofSeconds(60), Duration.ofMillis(200));
    try (RateLimiter limiter = new RateLimiter(kit.system(), clock(nanos), setup)) {
      var policy = new RatePolicy(1, 1);
      assertThat(takes(limiter, "key:before", policy)).isTrue();
      int admitted = 0;
      for (int i = 0; i < 200_000; i++) {
        admitted += takes(limiter, (i % 2 == 0 ? "addr:" : "kv:addr:") + i, policy) ? 1 : 0;
      }
      assertThat(admitted).isEqualTo(1_001);
      assertThat(limiter.buckets()).isEqualTo(1_002);
      assertThat(takes(limiter, "key:before", policy)).isFalse(); // nothing pushed it out
      for (int i = 0; i < 999; i++) {
        assertThat(takes(limiter, "key:" + i, policy)).isTrue();
      }
      assertThat(takes(limiter, "key:shares", policy)).isTrue();
      assertThat(takes(limiter, "key:shares too", policy)).isFalse();

      // a minute later nobody is remembered
      nanos.addAndGet(TimeUnit.SECONDS.toNanos(61));
      await().atMost(Duration.ofSeconds(10)).until(() -> limiter.buckets() == 0);
      assertThat(takes(limiter, "key:shares too", policy)).isTrue();
      assertThat(takes(limiter, "key:shares", policy)).isTrue();
    } finally {
      kit.shutdownTestKit();
    }
  }

  private static boolean takes(RateLimiter limiter, String bucket, RatePolicy policy) {
    return limiter.take(bucket, policy, 1).toCompletableFuture().join().admitted();
  }

  private static int clusterSize(Cluster cluster) {
    int size = 0;
    for (var member : cluster.state().getMembers()) {
      size += member.status() == MemberStatus.up() ? 1 : 0;
    }
    return size;
  }

  /** Of twelve buckets some are owned by the node that is killed, whoever that is. */
  @Test
  @Order(Integer.MAX_VALUE)
  void aNodeThatIsKilledCostsEachBucketOneBurstAtMost() throws Exception {
    var policy = new RatePolicy(50, 25);
    var buckets = IntStream.range(0, 12).mapToObj(i -> "killed-" + i).toList();
    for (String bucket : buckets) {
      warmUp(bucket, policy);
    }
    var survivors = LIMITERS.subList(1, 3);
    Cluster cluster = Cluster.get(NODES.get(1).system());
    var admitted = new ConcurrentHashMap<String, LongAdder>();
    var open = new AtomicLong();
    Clock clock = Clock.system();
    long started = clock.nanos();
    long before = survivors.stream().mapToLong(RateLimiter::fallbacks).sum();

    Adapter.toClassic(NODES.get(0).system()).terminate(); // says nothing to the others
    long seen = -1;
    long quietSince = started;
    while (clock.nanos() - quietSince < Duration.ofSeconds(1).toNanos()
        || clusterSize(cluster) > 2) {
      assertThat(clock.nanos() - started).isLessThan(Duration.ofSeconds(40).toNanos());
      for (String bucket : buckets) {
        for (RateLimiter limiter : survivors) {
          open.incrementAndGet();
          limiter
              .take(bucket, policy, 1)
              .thenAccept(
                  decision -> {
                    admitted
                        .computeIfAbsent(bucket, each -> new LongAdder())
                        .add(decision.admitted() ? 1 : 0);
                    open.decrementAndGet();
                  });
        }
      }
      long now = survivors.stream().mapToLong(RateLimiter::fallbacks).sum();
      if (now != seen) {
        seen = now;
        quietSince = clock.nanos();
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(13)); // three times the limit is offered
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> open.get() == 0);

    double seconds = (clock.nanos() - started) / 1e9;
    assertThat(seen - before).isPositive(); // some did without an owner
    for (String bucket : buckets) {
      assertThat(admitted.get(bucket).sum())
          .as(bucket + " in " + seconds + " s")
          .isBetween(
              Math.round(0.5 * policy.rate() * seconds),
              Math.round(1.1 * policy.rate() * seconds) + 2 * policy.burst());
    }
  }
}
