package io.leasehold.streams.telemetry.backend;

import java.io.IOException;
import java.nio.ByteBuffer;

/** How lines stand in a file. Stateless; safe for any thread. */
interface LineFormat {
  /** Takes a full buffer, and leaves it empty. */
  interface Overflow {
    void drain(ByteBuffer full) throws IOException;
  }

  /** Puts the lines of a run into {@code buffer}, each with its line feed. */
  void write(Batch.Part run, ByteBuffer buffer, Overflow overflow) throws IOException;

  /** As they were received. Lines that stand side by side are copied at once. */
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
