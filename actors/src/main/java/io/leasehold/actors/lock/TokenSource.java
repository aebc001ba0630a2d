package io.leasehold.actors.lock;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives numbers that never repeat, also over a restart, where there is no journal to remember them:
 * blocks are reserved in a file, forced to disk before the first number of the block is used. Safe
 * for any thread.
 *
 * <p>The next block is reserved in the background while half of the current one is left, so a
 * caller waits for the disk only if that did not keep up.
 */
public final class TokenSource {
  static final long BLOCK = 1L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(TokenSource.class);
  private static final long NUMBERS_PER_MILLI = 1_024;

  private final Path file;
  private final Executor background;
  private final AtomicLong next;
  private final AtomicBoolean reserving = new AtomicBoolean();
  private volatile long reservedUpTo;

  /**
   * @param file holds the first number that has not been reserved, as decimal text
   * @throws IOException if the file cannot be read or written: without it tokens could repeat
   */
  public TokenSource(Path file, Clock clock, Executor background) throws IOException {
    this.file = file;
    this.background = background;
    long stored = Files.exists(file) ? readStored(file) : 0;
    next = new AtomicLong(Math.max(stored, clock.wallMillis() * NUMBERS_PER_MILLI));
    reservedUpTo = next.get();
    reserve(next.get());
  }

  /**
   * The first of {@code count} numbers in a row.
   *
   * @throws UncheckedIOException if the disk refuses another block
   */
  long take(int count) {
    long first = next.getAndAdd(count);
    long left = reservedUpTo - (first + count);
    if (left < BLOCK / 2) {
      if (left < 0) {
        reserve(first + count);
      } else if (reserving.compareAndSet(false, true)) {
        background.execute(this::reserveAhead);
      }
    }
    return first;
  }

  private void reserveAhead() {
    try {
      reserve(reservedUpTo);
    } catch (UncheckedIOException e) {
      LOG.error("{}: no tokens can be reserved: {}", file, e.getMessage());
    } finally {
      reserving.set(false);
    }
  }

  private synchronized void reserve(long atLeast) {
    if (reservedUpTo > atLeast) {
      return; // another thread was first
    }
    long upTo = Math.max(atLeast, reservedUpTo) + BLOCK;
    try {
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      try (FileChannel out =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        out.write(ByteBuffer.wrap(Long.toString(upTo).getBytes(StandardCharsets.US_ASCII)));
        out.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
          directory.force(true);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    reservedUpTo = upTo;
  }

  private static long readStored(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(
          file + " holds " + text.substring(0, Math.min(64, text.length())) + ": not a number", e);
    }
  }
}
