package io.leasehold.streams.telemetry.backend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One file that lines are appended to. Guarded by the lock of its backend, but for {@link #force},
 * which may run beside a write and never beside {@link #close}.
 */
final class DayFile {
  private final Path path;
  private final FileChannel channel;
  private long size;

  /** The size at which the last line has no end; -1 = never. */
  private final long tornAt;

  private boolean dirty;
  private long lastWriteMillis;

  private DayFile(Path path, FileChannel channel, long size, long tornAt, long lastWriteMillis) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.tornAt = tornAt;
    this.lastWriteMillis = lastWriteMillis;
  }

  /** Opens or makes it; finds out whether its last line was torn by a crash. */
  static DayFile open(Path path, long nowMillis) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      long size = channel.size();
      long tornAt = -1;
      if (size > 0) {
        ByteBuffer last = ByteBuffer.allocate(1);
        tornAt = channel.read(last, size - 1) == 1 && last.get(0) != '\n' ? size : -1;
      }
      return new DayFile(path, channel, size, tornAt, nowMillis);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /** Bytes of whole batches. */
  long size() {
    return size;
  }

  long lastWriteMillis() {
    return lastWriteMillis;
  }

  /** Appends; a torn line before it is ended first, so that it stays alone. */
  void append(ByteBuffer bytes, long nowMillis) throws IOException {
    if (size == tornAt && bytes.hasRemaining()) {
      write(ByteBuffer.wrap(new byte[] {'\n'}));
    }
    write(bytes);
    lastWriteMillis = nowMillis;
  }

  private void write(ByteBuffer bytes) throws IOException {
    dirty = true;
    while (bytes.hasRemaining()) {
      size += channel.write(bytes, size);
    }
  }

  /** Takes back what was written since the file had this size. */
  void cutTo(long length) throws IOException {
    if (channel.isOpen()) {
      channel.truncate(length);
    } else {
      try (FileChannel again = FileChannel.open(path, StandardOpenOption.WRITE)) {
        again.truncate(length);
      }
    }
    size = length;
  }

  boolean isUsable() {
    return channel.isOpen();
  }

  /** Whether something was written since this was asked last. */
  boolean takeDirty() {
    boolean was = dirty;
    dirty = false;
    return was;
  }

  /** Waits until everything written is on the disk. */
  synchronized void force() throws IOException {
    if (channel.isOpen()) {
      channel.force(false);
    }
  }

  synchronized void close(boolean sync) throws IOException {
    try (channel) {
      if (sync && dirty && channel.isOpen()) {
        channel.force(false);
      }
    }
  }
}
