package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port, or a socket in the file system, that is listened on. When the system has no descriptor
 * left for a connection, accepting rests a moment and goes on. Safe for any thread.
 */
public final class SocketListener {
  private static final Logger LOG = LoggerFactory.getLogger(SocketListener.class);

  /** Of one turn: open connections do not wait for a thousand new ones. */
  private static final int MAX_ACCEPTED_A_TURN = 32;

  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final long WARN_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

  private final SocketLoop loop;
  private final Clock clock;
  private final ServerSocketChannel channel;
  private final SocketAddress address;
  private final boolean local;
  private final Consumer<SocketChannel> accepted;
  private final Runnable failed;
  private long warnedNanos;
  private long unsaid;

  /** Binds. Blocks for as long as the name of the host takes to be found. */
  SocketListener(
      SocketLoop loop,
      Clock clock,
      SocketAddress wanted,
      int backlog,
      Consumer<SocketChannel> accepted,
      Runnable failed)
      throws IOException {
    this.loop = loop;
    this.clock = clock;
    this.accepted = accepted;
    this.failed = failed;
    this.warnedNanos = clock.nanos() - WARN_EVERY_NANOS;
    this.local = wanted instanceof UnixDomainSocketAddress;
    this.channel =
        local ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
    try {
      if (!local) {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      channel.bind(wanted, backlog);
      channel.configureBlocking(false);
      this.address = channel.getLocalAddress();
    } catch (IOException | RuntimeException e) {
      SocketLoop.closeQuietly(channel);
      throw e;
    }
  }

  /** Where it listens, with the port that was chosen. Of a port only. */
  public InetSocketAddress address() {
    return (InetSocketAddress) address;
  }

  /** Begins to accept; to be called once. */
  public void start() {
    loop.execute(this::register);
  }

  private void register() {
    try {
      new Accepting(loop);
    } catch (IOException e) {
      SocketLoop.closeQuietly(channel);
      LOG.error("{} is not listened on: {}", address, String.valueOf(e.getMessage()));
    }
  }

  /** Stops listening; when this is done the port is free. */
  public CompletionStage<Done> close() {
    var done = new CompletableFuture<Done>();
    loop.execute(
        () -> {
          SocketLoop.closeQuietly(channel);
          // the selector lets go of it at the beginning of the next turn
          loop.schedule(Duration.ZERO, () -> done.complete(Done.getInstance()));
        });
    loop.whenEnded().thenRun(() -> done.complete(Done.getInstance())); // which has no next turn
    return done;
  }

  private final class Accepting implements SocketLoop.Watched {
    private final SelectionKey key;

    Accepting(SocketLoop loop) throws IOException {
      key = loop.register(channel, SelectionKey.OP_ACCEPT, this);
    }

    @Override
    public void ready(int ops) {
      for (int i = 0; i < MAX_ACCEPTED_A_TURN; i++) {
        SocketChannel next;
        try {
          next = channel.accept();
        } catch (IOException e) {
          rest(e);
          return;
        }
        if (next == null) {
          return;
        }
        hand(next);
      }
    }

    private void hand(SocketChannel next) {
      try {
        if (!local) {
          next.setOption(StandardSocketOptions.TCP_NODELAY, true);
          next.setOption(StandardSocketOptions.SO_KEEPALIVE, true); // finds out who has vanished
        }
        accepted.accept(next);
      } catch (IOException | UncheckedIOException e) {
        SocketLoop.closeQuietly(next); // it has gone already
      } catch (RuntimeException | Error e) {
        SocketLoop.closeQuietly(next);
        throw e;
      }
    }

    @Override
    public void failed(Throwable failure) {
      rest(failure);
    }

    private void rest(Throwable cause) {
      failed.run();
      if (!channel.isOpen()) {
        return;
      }
      warn(cause);
      key.interestOps(0);
      loop.schedule(
          PAUSE,
          () -> {
            if (key.isValid()) {
              key.interestOps(SelectionKey.OP_ACCEPT);
            }
          });
    }
  }

  private void warn(Throwable cause) {
    long now = clock.nanos();
    if (now - warnedNanos < WARN_EVERY_NANOS) {
      unsaid++;
      return;
    }
    LOG.warn(
        "connections to {} cannot be accepted, trying on ({} more times since the last such line): {}",
        address,
        unsaid,
        String.valueOf(cause));
    warnedNanos = now;
    unsaid = 0;
  }
}
