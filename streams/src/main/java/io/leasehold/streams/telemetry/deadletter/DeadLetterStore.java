package io.leasehold.streams.telemetry.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.domain.telemetry.DeadLetter;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps dead letters in files below one directory, which belongs to one process: a batch is on the
 * disk when {@link #put} returns, or nothing of it is. A crash may leave a torn last line, which
 * does not count. Safe for any thread; everything that touches the disk blocks.
 */
public final class DeadLetterStore implements DeadLetters, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");

  private final Path root;
  private final Clock clock;
  private final Map<String, Long> limits = new ConcurrentHashMap<>();
  private final Map<String, DeadLetterBox> boxes = new ConcurrentHashMap<>();

  /**
   * Finds what is there.
   *
   * @param root made with the first dead letter
   */
  public DeadLetterStore(Path root, Clock clock) {
    this.root = root;
    this.clock = clock;
    try {
      for (Path each : DeadLetterFiles.directories(root)) {
        String target = targetOf(each);
        if (target != null) {
          boxes.put(target, new DeadLetterBox(target, each, 0));
        }
      }
    } catch (IOException e) { // those of before are not shown; new ones are another matter
      LOG.warn("dead letters below {} cannot be read: {}", root, e.toString());
    }
  }

  /** The name of a directory may be a short form of it. */
  private static @Nullable String targetOf(Path directory) throws IOException {
    String[] found = new String[1];
    for (Path file : DeadLetterFiles.files(directory)) {
      boolean none =
          DeadLetterFiles.read(
              file,
              (letter, line) -> {
                found[0] = letter.target();
                return false;
              });
      if (!none) {
        return found[0];
      }
    }
    return null;
  }

  @Override
  public void limit(String target, long maxBytes) {
    limits.put(target, maxBytes);
    DeadLetterBox box = boxes.get(target);
    if (box != null) {
      box.limit(maxBytes);
    }
  }

  @Override
  public void put(String target, List<Letter> letters) throws IOException {
    long now = clock.wallMillis();
    var out = new ByteArrayOutputStream();
    for (Letter each : letters) {
      write(target, each, now, out);
    }
    if (out.size() > 0) {
      var today = LocalDate.ofInstant(Instant.ofEpochMilli(now), ZoneOffset.UTC);
      boxFor(target).append(out.toByteArray(), today);
    }
  }

  private static void write(String target, Letter letter, long now, ByteArrayOutputStream out) {
    for (Batch.Cursor line = letter.batch().cursor(); line.next(); ) {
      if (!line.isDeadLetter()) {
        var entry =
            new DeadLetter(
                now,
                target,
                letter.reason().wire(),
                letter.error(),
                letter.attempts(),
                line.generation(),
                line.origin(),
                line.number(),
                new String(line.bytes(), line.from(), line.to() - line.from(), UTF_8));
        out.writeBytes(entry.line());
      }
    }
  }

  private synchronized DeadLetterBox boxFor(String target) throws IOException {
    DeadLetterBox box = boxes.get(target);
    if (box == null) {
      Path directory = DeadLetterFiles.directory(root, target);
      box = new DeadLetterBox(target, directory, limits.getOrDefault(target, 0L));
      boxes.put(target, box);
    }
    return box;
  }

  /** Whether a target has had dead letters; never blocks. */
  public boolean has(String target) {
    return boxes.containsKey(target);
  }

  /**
   * The files of a target, the oldest first. What comes from now on goes to others, so that these
   * stay as they are but for {@link #remove}, and for those that make room.
   */
  public List<Path> sealed(String target) throws IOException {
    DeadLetterBox box = boxes.get(target);
    return box == null ? List.of() : box.sealed();
  }

  /**
   * Takes lines out of one of the files of {@link #sealed}: all or, when it fails, none.
   *
   * @param lines by their places, as {@link DeadLetterFiles.Visitor} told them
   */
  public void remove(String target, Path file, BitSet lines) throws IOException {
    DeadLetterBox box = boxes.get(target);
    if (box != null) {
      box.remove(file, lines);
    }
  }

  /** Counts of one target. */
  public record Figures(String target, long bytes, long evicted) {}

  /** Of all targets that have had dead letters; never blocks. */
  public List<Figures> figures() {
    Collection<DeadLetterBox> all = boxes.values();
    return all.stream()
        .map(each -> new Figures(each.target(), each.bytes(), each.evicted()))
        .toList();
  }

  /** What there is, read from the disk. */
  public List<DeadLetterReport.Group> summary() throws IOException {
    return DeadLetterFiles.summary(root);
  }

  @Override
  public void close() {
    for (DeadLetterBox each : boxes.values()) {
      try {
        each.close();
      } catch (IOException e) {
        LOG.warn("dead letters of {}: {}", each.target(), e.toString());
      }
    }
  }
}
