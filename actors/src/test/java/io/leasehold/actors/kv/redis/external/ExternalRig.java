package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.access.account.PasswordSeal;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;

/** A Redis, and pools of connections to this and others. */
final class ExternalRig implements AutoCloseable {
  static final int MAX_REPLY = 1 << 20;

  /** Of one instance. */
  static final int CONNECTIONS = 8;

  private static final String KEY = "k1:" + Base64.getEncoder().encodeToString(new byte[32]);

  final RedisServer redis;
  final PasswordSeal seal = new PasswordSeal(List.of(KEY), new SecureRandom());
  private final Duration patience;
  private final ActorTestKit kit = ActorTestKit.create();

  /**
   * Starts it.
   *
   * @param patience with a connection, and with a command
   * @param options of the Redis, as on its command line
   */
  ExternalRig(Duration patience, String... options) throws Exception {
    this.patience = patience;
    this.redis = RedisServer.start(options);
  }

  /** Pools that connect to anything, and an empty Redis. */
  ExternalInstances open() throws Exception {
    redis.cli("FLUSHALL");
    return open(new Networks(List.of(), List.of(), true));
  }

  /** Pools that connect to some networks only. */
  ExternalInstances open(Networks networks) {
    var setup =
        new ExternalInstances.Setup(
            networks,
            3,
            Duration.ofMillis(50),
            CONNECTIONS,
            patience,
            patience,
            MAX_REPLY,
            Duration.ofMinutes(10),
            Duration.ofMillis(500),
            Duration.ofSeconds(1));
    return new ExternalInstances(kit.system(), setup, seal, () -> 0.5, Clock.system());
  }

  static List<Bytes> command(String... words) {
    return Arrays.stream(words).map(Bytes::utf8).toList();
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(15, TimeUnit.SECONDS);
  }

  static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(condition);
  }

  @Override
  public void close() {
    redis.close();
    kit.shutdownTestKit();
  }
}
