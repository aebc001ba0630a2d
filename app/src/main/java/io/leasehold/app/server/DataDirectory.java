package io.leasehold.app.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The directory of one server: nobody else's while it runs. */
final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final FileLock lock;

  private DataDirectory(Path path, FileChannel channel, FileLock lock) {
    this.path = path;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Makes the directory if need be, and takes it.
   *
   * @throws StartException if it cannot be used, or another process has it
   */
  static DataDirectory take(Path path) throws StartException {
    try {
      Files.createDirectories(path);
      var channel =
          FileChannel.open(
              path.resolve("server.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new StartException("data-dir = " + path + ": another process uses it");
      }
      return new DataDirectory(path, channel, lock);
    } catch (IOException e) {
      throw new StartException("data-dir = " + path + ": cannot be used (" + e + ")", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // by this process
    }
  }

  Path path() {
    return path;
  }

  /** Tells scripts which ports were taken, in {@code ports.json}. */
  void writePorts(Map<String, Integer> ports) throws IOException {
    String json =
        ports.entrySet().stream()
            .map(port -> "\"" + port.getKey() + "\":" + port.getValue())
            .sorted()
            .collect(Collectors.joining(",", "{", "}\n"));
    Path fresh = path.resolve("ports.json.new");
    Files.writeString(fresh, json, StandardCharsets.UTF_8);
    Files.move(
        fresh,
        path.resolve("ports.json"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
