package io.leasehold.http.kv.redis;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.OpenDoor;
import io.prometheus.client.CollectorRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** The data plane on a port of the system's choice, with the real engine behind it. */
final class Gateway implements AutoCloseable {
  static final int MAX_BODY = 4 << 20;
  static final int MAX_URI = 4_096;
  static final int MAX_STREAMS = 3;
  static final Duration HEARTBEAT = Duration.ofMillis(200);
  static final String BASE = "/redis/" + Directories.INSTANCE;

  final Directories directories = new Directories();
  final MemoryInstances instances;
  final EventStreams streams;
  final CollectorRegistry registry = new CollectorRegistry();

  /** Bucket and cost of all that was taken. */
  final List<String> taken = Collections.synchronizedList(new ArrayList<>());

  volatile BiFunction<RatePolicy, Integer, RateDecision> deciding =
      (policy, cost) -> RateDecision.admitted(policy, policy.burst() - cost);

  final OpenDoor door;

  Gateway(ActorTestKit kit, Clock clock, int usualRate) throws Exception {
    instances = new MemoryInstances(clock);
    CallerLimits.Buckets buckets = this::take;
    var limits = new GatewayLimits(buckets, usualRate);
    registry.register(limits.refusals());
    var setup =
        new DataPlane.Setup(
            "node1",
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            MAX_BODY,
            MAX_URI,
            MemoryInstances.MAX_REPLY,
            1_000,
            1_572_864);
    streams =
        new EventStreams(
                new EventStreams.Setup(
                    true, MAX_STREAMS, 2 * MAX_STREAMS, HEARTBEAT, Duration.ofSeconds(5)),
                kit.system(),
                instances.events,
                directories,
                directories.ofInstances(),
                directories,
                clock)
            .register(registry);
    var plane =
        new DataPlane(
            setup,
            directories,
            directories.ofInstances(),
            new EmbeddedInstances(instances, clock, MemoryInstances.MAX_REPLY),
            null, // no instance is elsewhere
            streams,
            limits,
            directories,
            new GatewayMeter(true).register(registry),
            clock);
    door = new OpenDoor(kit, plane, clock);
    door.door.figures().forEach(registry::register);
  }

  private CompletionStage<RateDecision> take(String bucket, RatePolicy policy, int cost) {
    taken.add(bucket + " -" + cost);
    return CompletableFuture.completedFuture(deciding.apply(policy, cost));
  }

  /** A request below the instance, with the key that may do everything. */
  HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    return as("all", method, BASE + path, body, headers);
  }

  /** A request with a key. */
  HttpResponse<String> as(String key, String method, String path, String body, String... headers)
      throws Exception {
    var all = new ArrayList<>(List.of("Authorization", "Bearer " + key));
    all.addAll(Arrays.asList(headers));
    return door.send(method, path, body, all.toArray(new String[0]));
  }

  /** The body of the answer to a command in JSON. */
  String run(String json, String... headers) throws Exception {
    return send("POST", "", json, headers).body();
  }

  static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  @Override
  public void close() throws Exception {
    streams.close();
    door.close();
  }
}
