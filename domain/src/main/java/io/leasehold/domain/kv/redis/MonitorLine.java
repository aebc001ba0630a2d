package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/** A command as monitors of Redis are shown it. No state; safe for any thread. */
public final class MonitorLine {
  private static final int MICROS = 1_000_000;
  private static final String HEX = "0123456789abcdef";

  private MonitorLine() {}

  /**
   * The line, without its end; visible ASCII only.
   *
   * @param micros since 1970
   * @param client {@code address:port}; may be empty
   */
  public static String of(long micros, String client, List<Bytes> command) {
    var line = new StringBuilder();
    String fraction = Long.toString(MICROS + micros % MICROS);
    line.append(micros / MICROS).append('.').append(fraction, 1, fraction.length());
    line.append(" [0 ").append(client).append(']');
    for (Bytes each : command) {
      line.append(" \"");
      for (byte b : each.array()) {
        append(line, b);
      }
      line.append('"');
    }
    return line.toString();
  }

  private static void append(StringBuilder line, byte b) {
    switch (b) {
      case '\\', '"' -> line.append('\\').append((char) b);
      case '\n' -> line.append("\\n");
      case '\r' -> line.append("\\r");
      case '\t' -> line.append("\\t");
      case 7 -> line.append("\\a");
      case '\b' -> line.append("\\b");
      default -> {
        if (b >= ' ' && b < 127) {
          line.append((char) b);
        } else {
          line.append("\\x").append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
        }
      }
    }
  }
}
