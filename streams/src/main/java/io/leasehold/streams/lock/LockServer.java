package io.leasehold.streams.lock;

import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockDesk;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.ErrorCode;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.WireError;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.io.Inet;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock port: accepts connections, within their limits, and lets them go. Safe for any thread.
 */
public final class LockServer {
  /**
   * How the port is set up.
   *
   * @param port 0 = a free one
   * @param maxConnections 0 = unlimited
   * @param maxConnectionsPerAddress 0 = unlimited
   * @param idleTimeout zero = never
   * @param version of the product, for {@code ping}
   * @param confirmsWaits the keys may move to other nodes, which do not know who waits
   */
  public record Setup(
      String host,
      int port,
      int maxConnections,
      int maxConnectionsPerAddress,
      boolean authRequired,
      Duration requestTimeout,
      Duration idleTimeout,
      String version,
      boolean confirmsWaits) {}

  private static final Logger LOG = LoggerFactory.getLogger(LockServer.class);

  /** As many as the system allows to wait for their accept: a restart of 10,000 clients. */
  private static final int BACKLOG = 4_096;

  private static final Duration REFUSAL_LINGER = Duration.ofSeconds(1);

  private final ActorSystem<?> system;
  private final Materializer materializer;
  private final LockService locks;
  private final LockTraffic traffic;
  private final ConnectionBook book;
  private final Setup setup;
  private final ApiKeys keys;
  private final Consumer<String> keySeen;
  private final NodeMonitor monitor;
  private final ForcedRelease releases;
  private final @Nullable KvDoor kv;
  private volatile Tcp.@Nullable ServerBinding binding;

  /**
   * Prepares the server; {@link #bind} opens the port.
   *
   * @param kv the store behind the port; null = none
   */
  public LockServer(
      ActorSystem<?> system,
      LockService locks,
      Setup setup,
      ApiKeys keys,
      LockTraffic traffic,
      NodeMonitor.Rejections rejections,
      Consumer<String> keySeen,
      @Nullable KvDoor kv) {
    this.system = system;
    this.materializer = Materializer.createMaterializer(system);
    this.locks = locks;
    this.traffic = traffic;
    this.setup = setup;
    this.keys = keys;
    this.keySeen = keySeen;
    this.kv = kv;
    this.releases =
        new ForcedRelease(new LockDesk(system, locks, setup.requestTimeout()), locks.clock());
    this.book =
        new ConnectionBook(
            setup.maxConnections(), setup.maxConnectionsPerAddress(), locks.capacity());
    this.monitor = new NodeMonitor(locks, traffic, book, rejections, this::trouble);
  }

  /** What monitoring may ask of this node. */
  public LockMonitor monitor() {
    return monitor;
  }

  /** Opens the port. Fails with a BindException if it is taken. */
  public CompletionStage<InetSocketAddress> bind() {
    var options = new ArrayList<Inet.SocketOption>();
    return Tcp.get(system.classicSystem())
        .bind(setup.host(), setup.port(), BACKLOG, options, true, Optional.empty())
        .to(Sink.foreach(this::accept))
        .run(materializer)
        .thenApply(
            bound -> {
              binding = bound;
              return bound.localAddress();
            });
  }

  private void accept(Tcp.IncomingConnection connection) {
    InetSocketAddress remote = connection.remoteAddress();
    String address = remote.getAddress().getHostAddress();
    var full = book.tryEnter(address);
    if (full != null) {
      traffic.connectionRefused();
      traffic.error(ErrorCode.MAX_CONNECTIONS_REACHED);
      LOG.debug("connection from {} rejected: {} of {}", address, full.open(), full.max());
      connection.handleWith(refusal(full), materializer);
      return;
    }
    var entry =
        new ConnectionEntry(
            book.nextId(),
            address,
            address + ':' + remote.getPort(),
            locks.clock().wallMillis(),
            locks.clock().nanos());
    connection.handleWith(Flow.fromGraph(new LockConnection(door(), entry)), materializer);
  }

  private LockDoor door() {
    var bound = binding;
    int port = bound == null ? setup.port() : bound.localAddress().getPort();
    return new LockDoor(
        locks,
        keys,
        new LockDoor.Rules(
            setup.authRequired(),
            setup.requestTimeout(),
            setup.idleTimeout(),
            setup.confirmsWaits()),
        traffic,
        book,
        monitor::stats,
        keySeen,
        new LockDoor.Identity(
            setup.version(), setup.host() + ':' + port, locks.isDurable() ? "durable" : "memory"),
        releases,
        kv);
  }

  /** Tells the peer why, reads what it still sends for a second, and closes. */
  private static Flow<ByteString, ByteString, NotUsed> refusal(ConnectionBook.Full full) {
    var line = new LineBuffer(128);
    AnswerWriter.error(
        line, WireError.maxConnections(full.open(), full.max(), full.perAddress()), null);
    return Flow.fromSinkAndSourceMat(
        Flow.of(ByteString.class).takeWithin(REFUSAL_LINGER).to(Sink.ignore()),
        Source.single(ByteString.fromArrayUnsafe(line.toByteArray())),
        Keep.none());
  }

  /** Stops accepting. Open connections go on. */
  public CompletionStage<Done> unbind() {
    var bound = binding;
    return bound == null
        ? CompletableFuture.completedFuture(Done.getInstance())
        : bound.unbind().thenApply(nothing -> Done.getInstance());
  }

  /**
   * Ends every connection when it has been answered; queued waits are told that the node shuts
   * down.
   *
   * @return completed when no connection is open
   */
  public CompletionStage<Done> drain() {
    book.drain();
    return book.emptied();
  }

  /** Connections that are open now. */
  public int openConnections() {
    return book.open();
  }

  private @Nullable String trouble() {
    if (book.isDraining()) {
      return "draining";
    }
    return binding == null ? "port " + setup.port() + " is not bound" : null;
  }
}
