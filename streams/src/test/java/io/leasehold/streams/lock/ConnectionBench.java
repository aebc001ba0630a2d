package io.leasehold.streams.lock;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockDesk;
import io.leasehold.actors.lock.LockMetrics;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.lock.TokenSource;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.kv.KvDoor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.testkit.TestPublisher;
import org.apache.pekko.stream.testkit.TestSubscriber;
import org.apache.pekko.stream.testkit.javadsl.TestSink;
import org.apache.pekko.stream.testkit.javadsl.TestSource;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Connections without sockets, in front of a real lock service that keeps nothing. */
final class ConnectionBench implements AutoCloseable {
  /** The clocks of the machine, and what a test adds to them. */
  static final class Clocks implements Clock {
    private final AtomicLong aheadNanos = new AtomicLong();

    @Override
    public long nanos() {
      return Clock.system().nanos() + aheadNanos.get();
    }

    @Override
    public long wallMillis() {
      return Clock.system().wallMillis() + aheadNanos.get() / 1_000_000;
    }

    void advance(Duration by) {
      aheadNanos.addAndGet(by.toNanos());
    }
  }

  /** One connection: what its peer sends, and what its peer reads. */
  record Peer(
      TestPublisher.Probe<ByteString> sends,
      TestSubscriber.Probe<ByteString> reads,
      StringBuilder read) {
    /** Waits until it is taken: an AssertionError says that nobody asks for it. */
    void send(String text) {
      sends.sendNext(ByteString.fromString(text, StandardCharsets.UTF_8));
    }

    /** Reads until a whole line is there; its end is cut off. */
    String line() {
      while (read.indexOf("\n") < 0) {
        reads.request(1);
        read.append(reads.expectNext().utf8String());
      }
      int end = read.indexOf("\n");
      String line = read.substring(0, end);
      read.delete(0, end + 1);
      return line;
    }
  }

  static final Duration LONG = Duration.ofMinutes(1);

  final Clocks clock = new Clocks();
  final ActorTestKit kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
  private final LockService locks;
  private final ConnectionBook book;
  private long connections;

  ConnectionBench(Path dir) throws Exception {
    var cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    var capacity = new LockCapacity(0, 0, true);
    locks =
        LockService.inMemory(
            kit.system(),
            new LockService.Setup(1, 0, LONG, LONG),
            clock,
            capacity,
            LockMetrics.NONE,
            new TokenSource(dir.resolve("tokens"), clock, Runnable::run));
    book = new ConnectionBook(0, 0, capacity);
    locks.ready().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  static LockDoor.Rules rules(Duration request, Duration line, Duration unread) {
    return new LockDoor.Rules(false, request, Duration.ZERO, false, line, unread);
  }

  Peer connect(LockDoor.Rules rules) {
    return connect(rules, null);
  }

  /** The same with a store behind it. */
  Peer connect(LockDoor.Rules rules, @Nullable KvDoor kv) {
    return connect(rules, ApiKeys.NONE, kv);
  }

  /** The same for callers with these keys. */
  Peer connect(LockDoor.Rules rules, ApiKeys keys, @Nullable KvDoor kv) {
    var door =
        new LockDoor(
            locks,
            keys,
            rules,
            new LockTraffic(true),
            book,
            () -> {
              throw new UnsupportedOperationException("no statistics here");
            },
            key -> {},
            new LockDoor.Identity("1.0.0", "here:1", "memory"),
            new ForcedRelease(new LockDesk(kit.system(), locks, LONG), clock),
            kv);
    var entry =
        new ConnectionEntry(
            ++connections, "127.0.0.1", "127.0.0.1:1", clock.wallMillis(), clock.nanos());
    book.tryEnter("127.0.0.1");
    var both =
        TestSource.<ByteString>create(kit.system().classicSystem())
            .via(Flow.fromGraph(new LockConnection(door, entry)))
            .toMat(TestSink.create(kit.system().classicSystem()), Keep.both())
            .withAttributes(Attributes.inputBuffer(1, 1)) // what is taken has been asked for
            .run(kit.system());
    return new Peer(both.first(), both.second(), new StringBuilder());
  }

  /** The locks behind the connections. */
  LockService locks() {
    return locks;
  }

  int open() {
    return book.open();
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
