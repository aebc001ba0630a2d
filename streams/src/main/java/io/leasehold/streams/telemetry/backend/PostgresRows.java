package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.MessageReader.Field;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.UUID;
import org.postgresql.copy.CopyIn;

/**
 * Messages as rows in the text format of COPY: unlike the binary one it fits every type of column
 * an existing table may have. Holds one block of {@value #BLOCK} bytes. Not thread safe.
 */
final class PostgresRows {
  /** In the order they are written in. */
  static final String COLUMNS =
      "\"timestamp\", source, type, trace_id, span_id, parent_span_id, data, ingest_id";

  static final long DAY_MILLIS = 86_400_000;

  private static final int BLOCK = 1 << 16;
  private static final byte[] NULL = {'\\', 'N'};
  private static final byte[] NO_DATA = {'{', '}'};
  private static final byte[] ZONE = {'+', '0', '0'};

  private final byte[] block = new byte[BLOCK];
  private final MessageReader reader = new MessageReader();
  private int used;
  private long day = Long.MIN_VALUE;
  private byte[] dayText = NULL;

  /** Writes all rows but those of {@code left}; the copy stays open. */
  void write(Batch batch, BitSet left, CopyIn copy) throws SQLException {
    used = 0;
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      if (!left.get(line.index())) {
        row(line, copy);
      }
    }
    flush(copy);
  }

  private void row(Batch.Cursor line, CopyIn copy) throws SQLException {
    byte[] text = line.bytes();
    DropReason never =
        reader.read(text, line.from(), line.to(), false, line.ts(), MessageReader.Window.ANY_TIME);
    if (never != null) {
      throw new IllegalStateException("an accepted line is refused: " + never.wire());
    }
    time(line.ts(), copy);
    tab(copy);
    escaped(line.source().name().getBytes(UTF_8), copy);
    tab(copy);
    plain(line.type().wire().getBytes(ISO_8859_1), copy);
    tab(copy);
    id(Field.TID, copy);
    tab(copy);
    id(Field.SID, copy);
    tab(copy);
    id(Field.PID, copy);
    tab(copy);
    if (reader.isObject(Field.DATA)) {
      escaped(text, reader.from(Field.DATA), reader.to(Field.DATA), copy);
    } else { // absent, null, or the empty array of clients that know no empty object
      plain(NO_DATA, copy);
    }
    tab(copy);
    plain(new UUID(line.origin(), line.number()).toString().getBytes(ISO_8859_1), copy);
    put('\n', copy);
  }

  private void id(Field field, CopyIn copy) throws SQLException {
    if (reader.isPresent(field)) {
      escaped(reader.text(field).getBytes(UTF_8), copy);
    } else {
      plain(NULL, copy);
    }
  }

  private void time(long millis, CopyIn copy) throws SQLException {
    long of = Math.floorDiv(millis, DAY_MILLIS);
    if (of != day) {
      day = of;
      dayText = (LocalDate.ofEpochDay(of) + " ").getBytes(ISO_8859_1);
    }
    plain(dayText, copy);
    int rest = (int) Math.floorMod(millis, DAY_MILLIS);
    digits(rest / 3_600_000, 10, copy);
    put(':', copy);
    digits(rest / 60_000 % 60, 10, copy);
    put(':', copy);
    digits(rest / 1_000 % 60, 10, copy);
    put('.', copy);
    digits(rest % 1_000, 100, copy);
    plain(ZONE, copy);
  }

  private void digits(int value, int first, CopyIn copy) throws SQLException {
    for (int unit = first; unit > 0; unit /= 10) {
      put('0' + value / unit % 10, copy);
    }
  }

  private void tab(CopyIn copy) throws SQLException {
    put('\t', copy);
  }

  private void plain(byte[] text, CopyIn copy) throws SQLException {
    for (byte each : text) {
      put(each, copy);
    }
  }

  private void escaped(byte[] text, CopyIn copy) throws SQLException {
    escaped(text, 0, text.length, copy);
  }

  private void escaped(byte[] text, int from, int to, CopyIn copy) throws SQLException {
    for (int i = from; i < to; i++) {
      byte each = text[i];
      switch (each) {
        case '\\' -> pair('\\', copy);
        case '\n' -> pair('n', copy);
        case '\r' -> pair('r', copy);
        case '\t' -> pair('t', copy);
        default -> put(each, copy);
      }
    }
  }

  private void pair(char second, CopyIn copy) throws SQLException {
    put('\\', copy);
    put(second, copy);
  }

  private void put(int value, CopyIn copy) throws SQLException {
    if (used == BLOCK) {
      flush(copy);
    }
    block[used++] = (byte) value;
  }

  private void flush(CopyIn copy) throws SQLException {
    if (used > 0) {
      copy.writeToCopy(block, 0, used);
      used = 0;
    }
  }
}
