package io.leasehold.streams.lock;

import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockDesk;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.socket.LoopShare;
import io.leasehold.actors.socket.SocketListener;
import io.leasehold.actors.socket.SocketLoops;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.ErrorCode;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.WireError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Flow;
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

  private final ActorSystem<?> system;
  private final LockService locks;
  private final LockTraffic traffic;
  private final ConnectionBook book;
  private final Setup setup;
  private final ApiKeys keys;
  private final Consumer<String> keySeen;
  private final NodeMonitor monitor;
  private final ForcedRelease releases;
  private final @Nullable KvDoor kv;
  private volatile @Nullable SocketLoops loops;
  private volatile @Nullable SocketListener listener;

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

  /**
   * Opens the port. Fails with a BindException if it is taken. Blocks for as long as the name of
   * the host takes to be found.
   */
  public CompletionStage<InetSocketAddress> bind() {
    var wanted = new InetSocketAddress(setup.host(), setup.port());
    if (wanted.isUnresolved()) {
      return CompletableFuture.failedFuture(
          new UnknownHostException("host " + setup.host() + " is not known"));
    }
    try {
      int count = LoopShare.BYTES.loops();
      var started =
          SocketLoops.start(
              system, "leasehold-lock", count, LockDoor.Rules.UNREAD_TIMEOUT, locks.clock());
      loops = started;
      var bound =
          started.listen(
              wanted, BACKLOG, channel -> accept(started, channel), traffic::acceptFailed);
      listener = bound; // before the first connection, which is told its port
      bound.start();
      return CompletableFuture.completedFuture(bound.address());
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void accept(SocketLoops serving, SocketChannel channel) {
    InetSocketAddress remote;
    try {
      remote = (InetSocketAddress) channel.getRemoteAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String address = remote.getAddress().getHostAddress();
    var full = book.tryEnter(address);
    if (full != null) {
      traffic.connectionRefused();
      traffic.error(ErrorCode.MAX_CONNECTIONS_REACHED);
      LOG.debug("connection from {} rejected: {} of {}", address, full.open(), full.max());
      serving.dismiss(channel, refusal(full));
      return;
    }
    var entry =
        new ConnectionEntry(
            book.nextId(),
            address,
            address + ':' + remote.getPort(),
            locks.clock().wallMillis(),
            locks.clock().nanos());
    serving.serve(
        channel,
        () -> Flow.fromGraph(new LockConnection(door(), entry)),
        failure -> {
          LOG.debug("connection from {} not served: {}", entry.remote(), failure.toString());
          book.enter(entry); // which gives its place back
          book.leave(entry);
        });
  }

  private LockDoor door() {
    var bound = listener;
    int port = bound == null ? setup.port() : bound.address().getPort();
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

  private static byte[] refusal(ConnectionBook.Full full) {
    var line = new LineBuffer(128);
    AnswerWriter.error(
        line, WireError.maxConnections(full.open(), full.max(), full.perAddress()), null);
    return line.toByteArray();
  }

  /** Stops accepting; when this is done the port is free. Open connections go on. */
  public CompletionStage<Done> unbind() {
    var bound = listener;
    return bound == null ? CompletableFuture.completedFuture(Done.getInstance()) : bound.close();
  }

  /**
   * Ends every connection when it has been answered; queued waits are told that the node shuts
   * down.
   *
   * @return completed when every answer has been sent and no connection is open
   */
  public CompletionStage<Done> drain() {
    book.drain();
    var serving = loops;
    return serving == null ? book.emptied() : book.emptied().thenCompose(done -> serving.finish());
  }

  /** What runs in the threads that serve the connections; none before {@link #bind}. */
  public List<Executor> executors() {
    var serving = loops;
    return serving == null ? List.of() : serving.executors();
  }

  /** Connections that are open now. */
  public int openConnections() {
    return book.open();
  }

  /** Their sockets, those included that only send what is left or wait for their peer's end. */
  public int openSockets() {
    var serving = loops;
    return serving == null ? 0 : serving.openSockets();
  }

  private @Nullable String trouble() {
    if (book.isDraining()) {
      return "draining";
    }
    return listener == null ? "port " + setup.port() + " is not bound" : null;
  }
}
