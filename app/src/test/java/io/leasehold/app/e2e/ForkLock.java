package io.leasehold.app.e2e;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** One at a time of the JVMs that run tests: they share what is made in {@code target}. */
final class ForkLock implements AutoCloseable {
  private final FileChannel channel;
  private final FileLock lock;

  private ForkLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Waits for it.
   *
   * @param made which is made under it; within this JVM by one thread at a time
   */
  static ForkLock of(Path made) throws IOException {
    var channel =
        FileChannel.open(
            Path.of(made + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    return new ForkLock(channel, channel.lock());
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      lock.release();
    }
  }
}
