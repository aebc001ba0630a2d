package io.leasehold.streams.telemetry;

import io.leasehold.actors.socket.SocketListener;
import io.leasehold.actors.socket.SocketLoops;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket in the file system, beside the port, for programs of this machine: its owner and its
 * group may write to it. Made and closed by one thread, which waits for the disk.
 */
final class UnixDoor {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int BACKLOG = 1_024;

  /** Who reads nothing of what it is told is left alone, as on the port. */
  private static final Duration UNREAD = Duration.ofDays(30);

  private final Path path;
  private final SocketLoops loops;
  private final SocketListener listener;

  private UnixDoor(Path path, SocketLoops loops, SocketListener listener) {
    this.path = path;
    this.loops = loops;
    this.listener = listener;
  }

  /**
   * Opens it. A file that a process left behind is taken away.
   *
   * @param enter whether one more connection has a place
   * @param flow of a connection
   * @param failed run for one that has got a place and cannot be served
   * @throws IOException if something else is there, or somebody accepts on it
   */
  static UnixDoor open(
      ActorSystem<?> system,
      Path path,
      BooleanSupplier enter,
      Supplier<Flow<ByteString, ByteString, ?>> flow,
      Runnable failed,
      Clock clock)
      throws IOException {
    clear(path);
    var loops = SocketLoops.start(system, "leasehold-telemetry-unix", 1, UNREAD, clock);
    Consumer<SocketChannel> accepted =
        channel -> {
          if (enter.getAsBoolean()) {
            loops.serve(channel, flow, failure -> failed.run());
          } else {
            loops.dismiss(channel, new byte[0]);
          }
        };
    SocketListener listener =
        loops.listen(UnixDomainSocketAddress.of(path), BACKLOG, accepted, () -> {});
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    listener.start();
    return new UnixDoor(path, loops, listener);
  }

  private static void clear(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    var kind = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!kind.isOther()) {
      throw new BindException("something that is no socket is there");
    }
    boolean taken;
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      taken = probe.isConnected();
    } catch (IOException e) {
      taken = false; // refused: who made it is gone
    }
    if (taken) {
      throw new BindException("another process accepts on it");
    }
    LOG.info("{} is left over from another process, and removed", path);
    Files.delete(path);
  }

  /** Accepts no more, and takes the file away. Open connections go on. */
  void close() {
    var unused = listener.close();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("{} is left behind: {}", path, e.toString());
    }
    LOG.debug("{} open connections on {}", loops.openSockets(), path);
  }
}
