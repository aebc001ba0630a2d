package io.leasehold.streams.kv.redis;

import io.leasehold.actors.socket.LoopShare;
import io.leasehold.actors.socket.SocketListener;
import io.leasehold.actors.socket.SocketLoops;
import io.leasehold.domain.access.DoorClient;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Flow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port that speaks the protocol of Redis: accepts connections, and lets them go. Safe for any
 * thread.
 */
public final class RespServer {
  /** Open connections at most. */
  public static final int MAX_CONNECTIONS = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(RespServer.class);
  private static final int BACKLOG = 1_024;
  private static final Duration UNREAD_TIMEOUT = Duration.ofSeconds(60);
  private static final byte[] FULL =
      "-ERR max number of clients reached\r\n".getBytes(StandardCharsets.US_ASCII);

  private final ActorSystem<?> system;
  private final String host;
  private final int port;
  private final RespDoor door;
  private final RespBook book;
  private final List<Runnable> listening = new ArrayList<>();
  private volatile @Nullable SocketLoops loops;
  private volatile @Nullable SocketListener listener;

  /**
   * Prepares the server; {@link #bind} opens the port.
   *
   * @param port 0 = a free one
   */
  public RespServer(ActorSystem<?> system, String host, int port, RespDoor door) {
    this(system, host, port, door, MAX_CONNECTIONS);
  }

  RespServer(ActorSystem<?> system, String host, int port, RespDoor door, int maxConnections) {
    this.system = system;
    this.host = host;
    this.port = port;
    this.door = door;
    this.book = new RespBook(maxConnections);
  }

  /** Adds its families to {@code registry}. */
  public RespServer register(CollectorRegistry registry) {
    book.register(registry);
    return this;
  }

  /**
   * Opens the port. Fails with a BindException if it is taken. Blocks for as long as the name of
   * the host takes to be found.
   */
  public CompletionStage<InetSocketAddress> bind() {
    var wanted = new InetSocketAddress(host, port);
    if (wanted.isUnresolved()) {
      return CompletableFuture.failedFuture(
          new UnknownHostException("host " + host + " is not known"));
    }
    try {
      int count = LoopShare.BYTES.loops();
      var started =
          SocketLoops.start(system, "leasehold-resp", count, UNREAD_TIMEOUT, door.clock());
      loops = started;
      var bound = started.listen(wanted, BACKLOG, channel -> accept(started, channel), () -> {});
      listener = bound;
      listening.add(door.keys().onChange(book::changed));
      listening.add(door.directory().onChange(book::changed));
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
    if (!book.tryEnter()) {
      LOG.debug("connection from {} rejected: {} are open", remote, book.open());
      serving.dismiss(channel, FULL);
      return;
    }
    String address = remote.getAddress().getHostAddress();
    var peer =
        new RespPeer(
            book.nextId(),
            address,
            address + ':' + remote.getPort(),
            door.clock().nanos(),
            door.clock().wallMillis());
    serving.serve(
        channel,
        () -> Flow.fromGraph(new RespConnection(door, book, peer)),
        failure -> {
          LOG.debug("connection from {} not served: {}", peer.remote(), failure.toString());
          book.enter(peer); // which gives its place back
          book.leave(peer);
        });
  }

  /** At most so many of those that are connected, the oldest first. */
  public DoorClient.Page clients(int limit) {
    return book.clients(limit, door.clock().nanos());
  }

  /** Stops accepting; when this is done the port is free. Open connections go on. */
  public CompletionStage<Done> unbind() {
    var bound = listener;
    return bound == null ? CompletableFuture.completedFuture(Done.getInstance()) : bound.close();
  }

  /** Ends every connection when it has been answered; done when none is open. */
  public CompletionStage<Done> drain() {
    listening.forEach(Runnable::run);
    var serving = loops;
    CompletionStage<Done> empty = book.drain();
    return serving == null ? empty : empty.thenCompose(done -> serving.finish());
  }
}
