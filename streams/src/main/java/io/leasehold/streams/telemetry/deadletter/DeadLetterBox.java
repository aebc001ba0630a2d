package io.leasehold.streams.telemetry.deadletter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dead letters of one target. Only the newest file is written to, and only by the process that
 * began it; all others change by being replaced whole. Safe for any thread; everything blocks.
 */
final class DeadLetterBox {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");

  /** What is read, and written anew, at once; and the least that makes room. */
  static final long FILE_BYTES = 8 << 20;

  private final String target;
  private final Path directory;
  private final LongAdder evicted = new LongAdder();

  /** Read without the lock, which is held while the disk is waited for. */
  private final AtomicLong bytes = new AtomicLong();

  /** Bytes by file, the oldest first. */
  private final Map<Path, Long> files = new LinkedHashMap<>();

  private long maxBytes;
  private @Nullable FileChannel channel;
  private @Nullable Path current;
  private @Nullable LocalDate day;

  /** Finds what an earlier process has left. */
  DeadLetterBox(String target, Path directory, long maxBytes) throws IOException {
    this.target = target;
    this.directory = directory;
    this.maxBytes = maxBytes;
    for (Path each : DeadLetterFiles.files(directory)) {
      long size = Files.size(each);
      files.put(each, size);
      bytes.addAndGet(size);
    }
  }

  String target() {
    return target;
  }

  /** Of all files; never blocks. */
  long bytes() {
    return bytes.get();
  }

  /** Dead letters that made room for newer ones. */
  long evicted() {
    return evicted.sum();
  }

  synchronized void limit(long next) {
    maxBytes = next;
  }

  /**
   * Appends whole lines. They are on the disk when this returns.
   *
   * @throws IOException none of them is there
   */
  synchronized void append(byte[] lines, LocalDate today) throws IOException {
    if (!today.equals(day) || sizeOf(current) >= fileBytes()) {
      seal();
    }
    FileChannel open = channel;
    Path file = current;
    if (open == null || file == null) {
      begin();
      file = directory.resolve(DeadLetterFiles.name(today, next(today)));
      open = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      channel = open;
      current = file;
      day = today;
      files.put(file, 0L);
      sync(directory);
    }
    long before = sizeOf(file);
    try {
      var buffer = ByteBuffer.wrap(lines);
      while (buffer.hasRemaining()) {
        open.write(buffer);
      }
      open.force(false);
    } catch (IOException e) {
      takeBack(open, before);
      throw e;
    }
    resized(file, before + lines.length);
    try {
      evict();
    } catch (IOException e) { // they are stored: a failure would store them once more
      LOG.warn("dead letters of {}: no room can be made: {}", target, e.toString());
    }
  }

  private void begin() throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Path parent = directory.getParent();
      if (parent != null) {
        sync(parent);
      }
    }
  }

  /** A small bound is kept too: the file that is written to is never the one that goes. */
  private long fileBytes() {
    return maxBytes == 0 ? FILE_BYTES : Math.min(FILE_BYTES, Math.max(1, maxBytes / 4));
  }

  private long sizeOf(@Nullable Path file) {
    Long size = file == null ? null : files.get(file);
    return size == null ? 0 : size;
  }

  private void resized(Path file, long size) {
    bytes.addAndGet(size - sizeOf(file));
    files.put(file, size);
  }

  /** After a failed write nothing is known of the file: it is cut, and another one begun. */
  private void takeBack(FileChannel open, long size) {
    try {
      open.truncate(size);
    } catch (IOException e) {
      LOG.warn("dead letters of {}: {} is not whole: {}", target, current, e.toString());
    }
    try {
      seal();
    } catch (IOException e) {
      LOG.debug("close: {}", e.toString());
    }
  }

  private int next(LocalDate today) throws IOException {
    int last = 0;
    for (Path each : DeadLetterFiles.files(directory)) {
      if (each.getFileName().toString().startsWith(today.toString())) {
        last = Math.max(last, DeadLetterFiles.number(each));
      }
    }
    return last + 1;
  }

  private void evict() throws IOException {
    while (maxBytes > 0 && bytes.get() > maxBytes && files.size() > 1) {
      Path oldest = files.keySet().iterator().next();
      var lost = new LongAdder();
      DeadLetterFiles.read(
          oldest,
          (letter, line) -> {
            lost.increment();
            return true;
          });
      Files.deleteIfExists(oldest);
      bytes.addAndGet(-sizeOf(oldest));
      files.remove(oldest);
      evicted.add(lost.sum());
      LOG.warn(
          "dead letters of {}: {} made room for newer ones, dead_letter.max_bytes = {}",
          target,
          lost.sum(),
          maxBytes);
    }
  }

  /** Ends the file that is written to. All files there are now stay as they are until replaced. */
  synchronized List<Path> sealed() throws IOException {
    seal();
    return new ArrayList<>(files.keySet());
  }

  private void seal() throws IOException {
    FileChannel open = channel;
    channel = null;
    current = null;
    day = null;
    if (open != null) {
      open.close();
    }
  }

  /** Takes lines out of a sealed file, by their places; at once or, after a crash, not at all. */
  synchronized void remove(Path file, BitSet lines) throws IOException {
    if (lines.isEmpty() || !files.containsKey(file)) {
      return;
    }
    byte[] kept;
    try {
      kept = without(Files.readAllBytes(file), lines);
    } catch (NoSuchFileException e) {
      kept = new byte[0];
    }
    if (kept.length == 0) {
      Files.deleteIfExists(file);
      bytes.addAndGet(-sizeOf(file));
      files.remove(file);
    } else {
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      try (FileChannel out =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        var buffer = ByteBuffer.wrap(kept);
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
        out.force(false);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      resized(file, kept.length);
    }
    sync(directory);
  }

  private static byte[] without(byte[] text, BitSet lines) {
    byte[] kept = new byte[text.length];
    int size = 0;
    int line = 0;
    int from = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\n' || i == text.length - 1) {
        int length = i + 1 - from;
        if (!lines.get(line)) {
          System.arraycopy(text, from, kept, size, length);
          size += length;
        }
        line++;
        from = i + 1;
      }
    }
    return Arrays.copyOf(kept, size);
  }

  /** A name is on the disk when its directory is. */
  private static void sync(Path directory) throws IOException {
    try (FileChannel open = FileChannel.open(directory, StandardOpenOption.READ)) {
      open.force(true);
    }
  }

  synchronized void close() throws IOException {
    seal();
  }
}
