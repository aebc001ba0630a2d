package io.leasehold.streams.kv.redis;

import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.KeyVersions;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.EmbeddedDirectory;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.kv.redis.Glob;
import io.leasehold.domain.kv.redis.RedisContext;
import io.leasehold.domain.kv.redis.RedisGroup;
import io.leasehold.domain.kv.redis.RedisLimits;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** The port on a free number, with the real engine and made-up keys behind it, and clients. */
final class RespBench implements AutoCloseable {
  static final UUID ORGANIZATION = new UUID(7, 1);
  static final UUID ONE = new UUID(1, 1);
  static final UUID TWO = new UUID(1, 2);
  static final UUID EXTERNAL = new UUID(1, 3);
  static final UUID FOREIGN = new UUID(1, 4);
  static final RedisLimits LIMITS =
      new RedisLimits(32 << 10, 1 << 20, 1_572_864, 4 << 20, 64 << 20);

  final Map<String, KeyVerdict> keys = new ConcurrentHashMap<>();
  final Map<UUID, InstanceDirectory.Found> instances = new ConcurrentHashMap<>();
  final List<Consumer<UUID>> listeners = new CopyOnWriteArrayList<>();
  final List<String> denied = new CopyOnWriteArrayList<>();
  final List<String> counted = new CopyOnWriteArrayList<>();
  final List<KvOperation.Commands> sent = new CopyOnWriteArrayList<>();
  final CollectorRegistry registry = new CollectorRegistry();
  final Engine engine = new Engine();
  volatile BiFunction<String, RatePolicy, RateDecision> deciding =
      (bucket, policy) -> RateDecision.admitted(policy, 1);

  /** Answers wait for it, if it is there. */
  volatile CompletableFuture<Void> held;

  /** Limits say nothing before it, if it is there. */
  volatile CompletableFuture<Void> undecided;

  final RespServer server;
  final InetSocketAddress address;

  RespBench(ActorTestKit kit, int maxConnections) throws Exception {
    instances.put(ONE, new InstanceDirectory.Found.Embedded(ONE, ORGANIZATION, 64 << 20));
    var elsewhere = new ExternalRedis(EXTERNAL, "127.0.0.1", 6379, 0, false, null, null, 0, 1);
    instances.put(
        EXTERNAL, new InstanceDirectory.Found.External(EXTERNAL, ORGANIZATION, elsewhere));
    instances.put(FOREIGN, new InstanceDirectory.Found.Embedded(FOREIGN, new UUID(7, 2), 64 << 20));
    put("all", grant(1, Set.of(Scope.ALL), List.of()));
    put("reader", grant(2, Set.of(Scope.READ), List.of()));
    put("app", grant(3, Set.of(Scope.READ, Scope.WRITE), List.of("app:")));
    var limits =
        new GatewayLimits(
            (bucket, policy, cost) -> {
              CompletableFuture<Void> wait = undecided;
              return wait == null
                  ? CompletableFuture.completedFuture(deciding.apply(bucket, policy))
                  : wait.thenApply(now -> deciding.apply(bucket, policy));
            },
            100);
    var door =
        new RespDoor(
            new RespDoor.Rules(
                1_572_864, 100, LIMITS, Duration.ofSeconds(5), Duration.ofSeconds(5), true),
            new EmbeddedInstances(engine, Clock.system(), LIMITS.maxReply()),
            engine,
            engine,
            directory(),
            instanceDirectory(),
            embedded(),
            limits,
            denials(),
            (name, failed, nanos) -> counted.add(name.text() + (failed ? " failed" : "")),
            Clock.system());
    server = new RespServer(kit.system(), "127.0.0.1", 0, door, maxConnections).register(registry);
    address = server.bind().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  static KeyGrant grant(long id, Set<Scope> scopes, List<String> prefixes) {
    return new KeyGrant(
        new UUID(9, id),
        new UUID(8, 1),
        ORGANIZATION,
        scopes,
        Set.of(),
        Set.of(),
        prefixes.stream().map(Bytes::utf8).toList(),
        Set.of(),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  void put(String token, KeyGrant grant) {
    keys.put(token, new KeyVerdict.Valid(grant, Instant.now().plusSeconds(3_600)));
  }

  void changed(UUID id) {
    listeners.forEach(each -> each.accept(id));
  }

  private Runnable listen(Consumer<UUID> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private KeyDirectory directory() {
    return new KeyDirectory() {
      @Override
      public CompletionStage<KeyVerdict> check(String token) {
        return CompletableFuture.completedFuture(
            keys.getOrDefault(token, new KeyVerdict.Refused()));
      }

      @Override
      public void used(UUID key, String from) {}

      @Override
      public Runnable onChange(Consumer<UUID> listener) {
        return listen(listener);
      }
    };
  }

  private InstanceDirectory instanceDirectory() {
    return new InstanceDirectory() {
      @Override
      public CompletionStage<Found> find(UUID id) {
        return CompletableFuture.completedFuture(instances.getOrDefault(id, new Found.Missing()));
      }

      @Override
      public Runnable onChange(Consumer<UUID> listener) {
        return listen(listener);
      }
    };
  }

  private EmbeddedDirectory embedded() {
    return (organization, max) -> {
      var found = new ArrayList<InstanceDirectory.Found.Embedded>();
      for (InstanceDirectory.Found each : instances.values()) {
        if (each instanceof InstanceDirectory.Found.Embedded here
            && here.organization().equals(organization)
            && found.size() < max) {
          found.add(here);
        }
      }
      return CompletableFuture.completedFuture(Optional.of(found));
    };
  }

  private Denials denials() {
    return new Denials() {
      @Override
      public void unauthenticated(String from, String userAgent, String message) {
        denied.add(from + " " + message);
      }

      @Override
      public void forbidden(KeyGrant key, String userAgent, String message) {
        denied.add(key.id() + " " + message);
      }
    };
  }

  /** One shard without a journal, its events told at once. */
  final class Engine implements EmbeddedInstances.Shards, InstanceEvents, KeyVersions {
    private final KvImage image = new KvImage(new KvImage.HistoryBounds(16, 1_024));
    private final KvCapacity capacity = new KvCapacity(256L << 20);
    private final Random random = new Random(1);
    private final Map<Listener, Interest> ears = new ConcurrentHashMap<>();
    private final Map<Bytes, Long> versions = new ConcurrentHashMap<>();
    private long changes;

    @Override
    public CompletionStage<KvResult> commands(
        KvOperation.Commands operation, String correlationId, Duration patience) {
      sent.add(operation);
      KvResult result = run(operation);
      CompletableFuture<Void> wait = held;
      return wait == null
          ? CompletableFuture.completedFuture(result)
          : wait.thenApply(now -> result);
    }

    private synchronized KvResult run(KvOperation.Commands operation) {
      for (KvOperation.Commands.Watched each : operation.watched()) {
        if (versions.getOrDefault(each.key(), 0L) != each.version()) {
          return new KvResult.Replies(List.of(Replies.NIL_ARRAY));
        }
      }
      long millis = Clock.system().wallMillis();
      var rules = new KvGroup.Rules(128L << 20, new KvMarks.Rules(16, false, lock -> 0));
      var group = new KvGroup(image, new KvTime(millis, millis), rules, capacity);
      var context =
          new RedisContext(LIMITS, random, this::hearing, new RedisContext.Server("1.0.0", 0, 0));
      KvResult result = group.instances().run(operation, context);
      group.instances().takeBack();
      if (!group.changes().isEmpty()) {
        changes++;
        operation.commands().stream()
            .filter(each -> each.size() > 1)
            .forEach(each -> versions.put(each.get(1), changes));
      }
      group.changes().forEach(image::apply);
      group.instances().of(operation.instance()).published().forEach(this::tell);
      ears.forEach(
          (ear, interest) -> {
            if (interest.monitor()) {
              operation.commands().forEach(each -> ear.heard(new Ran(1, operation.client(), each)));
            }
          });
      return result;
    }

    int hearing(Bytes channel) {
      int count = 0;
      for (Interest each : ears.values()) {
        count += each.channels().contains(channel) ? 1 : 0;
        for (Bytes pattern : each.patterns()) {
          count += Glob.matches(pattern, channel) ? 1 : 0;
        }
      }
      return count;
    }

    void tell(RedisGroup.Published message) {
      ears.forEach(
          (ear, interest) -> {
            if (interest.channels().contains(message.channel())) {
              ear.heard(new Message(message.channel(), message.message()));
            }
            for (Bytes pattern : interest.patterns()) {
              if (Glob.matches(pattern, message.channel())) {
                ear.heard(new PatternMessage(pattern, message.channel(), message.message()));
              }
            }
          });
    }

    @Override
    public CompletionStage<Opened> open(
        UUID instance, Interest interest, Listener listener, Duration patience) {
      ears.put(listener, interest);
      return CompletableFuture.completedFuture(
          new Opened.Open(
              new Stream() {
                @Override
                public CompletionStage<Opened> change(Interest next, Duration within) {
                  return open(instance, next, listener, within);
                }

                @Override
                public void close() {
                  ears.remove(listener);
                }
              }));
    }

    @Override
    public synchronized CompletionStage<Optional<List<KvOperation.Commands.Watched>>> look(
        UUID instance, List<Bytes> names, Duration patience) {
      return CompletableFuture.completedFuture(
          Optional.of(
              names.stream()
                  .map(
                      each ->
                          new KvOperation.Commands.Watched(each, versions.getOrDefault(each, 0L)))
                  .toList()));
    }
  }

  Client client() throws IOException {
    return new Client(new Socket("127.0.0.1", address.getPort()));
  }

  /** A client that has logged in. */
  Client client(String key) throws IOException {
    Client client = client();
    client.expect("+OK\r\n", "AUTH " + key);
    return client;
  }

  /** Bytes both ways, as they are. */
  static final class Client implements AutoCloseable {
    final Socket socket;
    private final InputStream in;

    Client(Socket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(10_000);
      socket.setTcpNoDelay(true);
      in = socket.getInputStream();
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends words as one command. */
    void command(String... words) throws IOException {
      var text = new StringBuilder("*" + words.length + "\r\n");
      for (String each : words) {
        text.append('$').append(each.length()).append("\r\n").append(each).append("\r\n");
      }
      send(text.toString());
    }

    /** Exactly this comes next. */
    void expect(String reply) throws IOException {
      byte[] bytes = in.readNBytes(reply.length());
      String got = new String(bytes, StandardCharsets.ISO_8859_1);
      if (!got.equals(reply)) {
        byte[] more = in.readNBytes(Math.min(in.available(), 500));
        throw new AssertionError(
            "expected " + reply + ", got " + got + new String(more, StandardCharsets.ISO_8859_1));
      }
    }

    /** This is the reply to a line of words. */
    void expect(String reply, String line) throws IOException {
      send(line + "\r\n");
      expect(reply);
    }

    /** What comes next, to the end of its line. */
    String line() throws IOException {
      var line = new StringBuilder();
      for (int each = in.read(); each != '\n'; each = in.read()) {
        if (each < 0) {
          throw new IOException("the connection has ended");
        }
        line.append((char) each);
      }
      return line.toString().strip();
    }

    /** All that comes until the end. */
    String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Override
  public void close() throws Exception {
    server.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
    server.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
