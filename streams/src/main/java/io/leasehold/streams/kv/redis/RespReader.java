package io.leasehold.streams.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisNumbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of chunks into commands: arrays of bulk strings, or lines of words. What is wrong
 * is said in the words of Redis 7.0, and nothing is read behind it. Holds at most one command,
 * bounded, and the chunk that came last. Not thread safe.
 */
final class RespReader {
  /** Of a line: of words, or with the number of what follows. */
  static final int MAX_LINE = 64 << 10;

  /** Bytes of an argument and arguments of a command, before anybody has a key. */
  static final int MAX_BULK_BEFORE_KEY = 16 << 10;

  static final int MAX_ARGUMENTS_BEFORE_KEY = 10;

  /** What a command may have besides the bytes of its arguments. */
  static final int OVERHEAD_BYTES = 256 << 10;

  /** What an argument takes besides its bytes. */
  private static final int ARGUMENT_BYTES = 4;

  private static final int INITIAL_BYTES = 512;
  private static final int KEPT_BYTES = 64 << 10;

  /** Nothing that follows can be read. The message is for the client. */
  static final class Broken extends Exception {
    private static final long serialVersionUID = 1;

    Broken(String text) {
      super("ERR Protocol error: " + text, null, false, false);
    }

    String text() {
      return String.valueOf(getMessage());
    }
  }

  private final long maxWeight;
  private byte[] buffer = new byte[INITIAL_BYTES];
  private int from;
  private int to;

  /** Arguments that are still to come; 0 = between commands. */
  private long missing;

  /** Bytes of the argument that is read now; -1 = its number is still to come. */
  private int bulk = -1;

  private List<Bytes> command = new ArrayList<>();
  private long weight;
  private boolean keyed;

  /**
   * @param maxWeight of a command: its bytes, and four for each argument
   */
  RespReader(long maxWeight) {
    this.maxWeight = maxWeight;
  }

  /** Somebody has shown a key, or taken it back. */
  void keyed(boolean now) {
    keyed = now;
  }

  /** Takes the next chunk in. */
  void offer(byte[] chunk) {
    if (to + chunk.length > buffer.length) {
      byte[] rest = new byte[Math.max(buffer.length, grown(to - from + chunk.length))];
      System.arraycopy(buffer, from, rest, 0, to - from);
      to -= from;
      from = 0;
      buffer = rest;
    }
    System.arraycopy(chunk, 0, buffer, to, chunk.length);
    to += chunk.length;
  }

  private static int grown(int needed) {
    return needed + Math.min(needed, 1 << 20);
  }

  /** Bytes that have come and were not read. */
  int unread() {
    return to - from;
  }

  /** The next command, never empty; null if it has not come whole. */
  @Nullable List<Bytes> next() throws Broken {
    for (; ; ) {
      if (missing > 0) {
        if (!readArguments()) {
          return null;
        }
        List<Bytes> whole = command;
        command = new ArrayList<>();
        return whole;
      }
      if (from == to) {
        shrink();
        return null;
      }
      if (buffer[from] == '*') {
        if (!readCount()) {
          return null;
        }
      } else {
        List<Bytes> words = readLine();
        if (words == null || !words.isEmpty()) {
          return words;
        }
      }
    }
  }

  private void shrink() {
    from = 0;
    to = 0;
    if (buffer.length > KEPT_BYTES) {
      buffer = new byte[INITIAL_BYTES];
    }
  }

  /** Where the line ends that begins here; -1 = not yet. */
  private int lineEnd(String tooLong) throws Broken {
    for (int i = from; i < to; i++) {
      if (buffer[i] == '\r') {
        return i + 1 < to ? i : -1; // what follows is skipped, whatever it is, as Redis does
      }
    }
    if (to - from > MAX_LINE) {
      throw new Broken(tooLong);
    }
    return -1;
  }

  private @Nullable Long number(int begin, int end) {
    return RedisNumbers.integer(Bytes.of(Arrays.copyOfRange(buffer, begin, end)));
  }

  private boolean readCount() throws Broken {
    int end = lineEnd("too big mbulk count string");
    if (end < 0) {
      return false;
    }
    Long count = number(from + 1, end);
    if (count == null || count > Integer.MAX_VALUE) {
      throw new Broken("invalid multibulk length");
    }
    if (count > MAX_ARGUMENTS_BEFORE_KEY && !keyed) {
      throw new Broken("unauthenticated multibulk length");
    }
    from = end + 2;
    missing = Math.max(0, count);
    weight = 0;
    if (missing * ARGUMENT_BYTES > maxWeight) {
      throw new Broken("invalid multibulk length");
    }
    return true;
  }

  private boolean readArguments() throws Broken {
    while (missing > 0) {
      if (bulk < 0 && !readLength()) {
        return false;
      }
      if (to - from < bulk + 2) {
        return false;
      }
      command.add(Bytes.of(Arrays.copyOfRange(buffer, from, from + bulk)));
      from += bulk + 2;
      bulk = -1;
      missing--;
    }
    return true;
  }

  private boolean readLength() throws Broken {
    int end = lineEnd("too big bulk count string");
    if (end < 0) {
      return false;
    }
    if (buffer[from] != '$') {
      throw new Broken("expected '$', got '" + shown(buffer[from]) + "'");
    }
    Long length = number(from + 1, end);
    if (length == null || length < 0 || length > maxWeight) {
      throw new Broken("invalid bulk length");
    }
    if (length > MAX_BULK_BEFORE_KEY && !keyed) {
      throw new Broken("unauthenticated bulk length");
    }
    weight += ARGUMENT_BYTES + length;
    if (weight > maxWeight) {
      throw new Broken("the command is too large, at most " + maxWeight + " bytes");
    }
    from = end + 2;
    bulk = length.intValue();
    return true;
  }

  /** An end of a line becomes a blank, as everywhere in an error. */
  private static char shown(byte b) {
    if (b == '\r' || b == '\n') {
      return ' ';
    }
    return b >= ' ' && b < 127 ? (char) b : '?';
  }

  private @Nullable List<Bytes> readLine() throws Broken {
    int end = -1;
    for (int i = from; i < to && end < 0; i++) {
      end = buffer[i] == '\n' ? i : -1;
    }
    if (end < 0) {
      if (to - from > MAX_LINE) {
        throw new Broken("too big inline request");
      }
      return null;
    }
    int last = end > from && buffer[end - 1] == '\r' ? end - 1 : end;
    List<Bytes> words = InlineWords.split(buffer, from, last);
    if (words == null) {
      throw new Broken("unbalanced quotes in request");
    }
    from = end + 1;
    return words;
  }
}
