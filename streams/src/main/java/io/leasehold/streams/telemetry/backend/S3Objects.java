package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.S3Settings;
import io.leasehold.domain.telemetry.MessageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The objects that a batch makes: one for each origin, UTC day, source and type in it. Key and
 * bytes follow from the batch alone, so that the same batch makes the same objects again.
 */
final class S3Objects {
  private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

  private record Group(long origin, long day, String source, MessageType type) {}

  /** One object; its bytes are made when they are asked for. Immutable once the batch is read. */
  static final class Entry {
    private final Group group;
    private final S3Settings settings;
    private final long firstNumber;
    private byte[][] texts = new byte[4][];
    private int[] from = new int[4];
    private int[] to = new int[4];
    private int count;

    private Entry(Group group, S3Settings settings, long firstNumber) {
      this.group = group;
      this.settings = settings;
      this.firstNumber = firstNumber;
    }

    private boolean isFor(Batch.Cursor line, long day) {
      return group.day == day
          && group.type == line.type()
          && group.origin == line.origin()
          && group.source.equals(line.source().encoded());
    }

    private void add(Batch.Cursor line) {
      if (count == from.length) {
        texts = Arrays.copyOf(texts, 2 * count);
        from = Arrays.copyOf(from, 2 * count);
        to = Arrays.copyOf(to, 2 * count);
      }
      texts[count] = line.bytes();
      from[count] = line.from();
      to[count] = line.to();
      count++;
    }

    /** Lines in it. */
    int count() {
      return count;
    }

    String key() {
      return settings.prefix()
          + "dt="
          + LocalDate.ofEpochDay(group.day)
          + "/src="
          + group.source
          + "/type="
          + group.type.wire()
          + '/'
          + HexFormat.of().toHexDigits(group.origin)
          + '-'
          + String.format(Locale.ROOT, "%020d", firstNumber)
          + '-'
          + count
          + ".jsonl"
          + (settings.gzip() ? ".gz" : "");
    }

    /** The lines as they are, each with a line feed; the same each time. */
    byte[] bytes() {
      var bytes = new ByteArrayOutputStream();
      try (OutputStream out = settings.gzip() ? new GZIPOutputStream(bytes, 1 << 13) : bytes) {
        for (int i = 0; i < count; i++) {
          out.write(texts[i], from[i], to[i] - from[i]);
          out.write('\n');
        }
      } catch (IOException e) { // there is no disk and no network in it
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }

  private S3Objects() {}

  /** In the order of their first lines. */
  static List<Entry> of(Batch batch, S3Settings settings) {
    Map<Group, Entry> entries = new LinkedHashMap<>();
    @Nullable Entry last = null;
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      long day = Math.floorDiv(line.ts(), DAY_MILLIS);
      Entry entry = last;
      if (entry == null || !entry.isFor(line, day)) { // one after the other nearly always
        entry =
            entries.computeIfAbsent(
                new Group(line.origin(), day, line.source().encoded(), line.type()),
                group -> new Entry(group, settings, line.number()));
      }
      entry.add(line);
      last = entry;
    }
    return List.copyOf(entries.values());
  }
}
