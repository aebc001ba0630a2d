package io.leasehold.streams.telemetry.backend;

import io.leasehold.domain.telemetry.Change;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MessageReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** How lines stand in a file. */
interface LineFormat {
  /** Takes a full buffer, and leaves it empty. */
  interface Overflow {
    void drain(ByteBuffer full) throws IOException;
  }

  /** Puts the lines of a run into {@code buffer}, each with its line feed. */
  void write(Batch.Part run, ByteBuffer buffer, Overflow overflow) throws IOException;

  /**
   * As they were received; safe for any thread. Lines that stand side by side are copied at once.
   */
  LineFormat RAW =
      (run, buffer, overflow) -> {
        Lines lines = run.lines();
        int i = run.from();
        while (i < run.to()) {
          int from = lines.from(i);
          int to = lines.to(i);
          while (++i < run.to() && lines.from(i) == to + 1) {
            to = lines.to(i);
          }
          put(lines.bytes(), from, to, buffer, overflow);
        }
      };

  /** Written anew, see {@link Change#canonical}. Not thread safe: it reads each line again. */
  static LineFormat canonical() {
    var reader = new MessageReader();
    return (run, buffer, overflow) -> {
      Lines lines = run.lines();
      for (int i = run.from(); i < run.to(); i++) {
        DropReason never =
            reader.read(
                lines.bytes(),
                lines.from(i),
                lines.to(i),
                false,
                lines.ts(i),
                MessageReader.Window.ANY_TIME);
        if (never != null) {
          throw new IOException("an accepted line is refused: " + never.wire());
        }
        byte[] text = Change.canonical(reader, lines.bytes());
        put(text, 0, text.length, buffer, overflow);
      }
    };
  }

  private static void put(byte[] bytes, int from, int to, ByteBuffer buffer, Overflow overflow)
      throws IOException {
    int at = from;
    while (at < to) {
      int length = Math.min(to - at, buffer.remaining());
      buffer.put(bytes, at, length);
      at += length;
      if (!buffer.hasRemaining()) {
        overflow.drain(buffer);
      }
    }
    buffer.put((byte) '\n');
    if (!buffer.hasRemaining()) {
      overflow.drain(buffer);
    }
  }
}
