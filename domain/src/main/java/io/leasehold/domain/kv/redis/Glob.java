package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.io.ByteArrayOutputStream;

/**
 * Patterns of Redis, on bytes: {@code *}, {@code ?}, {@code [a-c]}, {@code [^a]}, and a backslash
 * that takes the next byte as it is. An open bracket that is never closed ends with the pattern.
 *
 * <p>Goes back to the last star only, so that a match costs at most pattern times string.
 */
public final class Glob {
  private static final Bytes ALL = Bytes.utf8("*");

  private Glob() {}

  public static boolean matches(Bytes pattern, Bytes string) {
    return pattern.equals(ALL) || matches(pattern.array(), string.array());
  }

  private static boolean matches(byte[] pattern, byte[] string) {
    if (string.length == 0) {
      return pattern.length == 0; // as Redis has it: only the single star matches nothing at all
    }
    int at = 0;
    int behindStar = -1;
    int starFrom = 0;
    int position = 0;
    while (position < string.length) {
      if (at < pattern.length && pattern[at] == '*') {
        at = skipStars(pattern, at);
        behindStar = at;
        starFrom = position;
        if (at == pattern.length) {
          return true;
        }
        continue;
      }
      int next = at < pattern.length ? step(pattern, at, string[position]) : -1;
      if (next >= 0) {
        at = next;
        position++;
      } else if (behindStar >= 0) {
        at = behindStar;
        position = ++starFrom;
      } else {
        return false;
      }
    }
    return skipStars(pattern, at) == pattern.length;
  }

  private static int skipStars(byte[] pattern, int from) {
    int at = from;
    while (at < pattern.length && pattern[at] == '*') {
      at++;
    }
    return at;
  }

  /** Where the pattern goes on behind what took the byte; -1 = it does not take it. */
  private static int step(byte[] pattern, int at, byte value) {
    return switch (pattern[at]) {
      case '?' -> at + 1;
      case '[' -> bracket(pattern, at + 1, value);
      case '\\' -> {
        int literal = at + 1 < pattern.length ? at + 1 : at;
        yield pattern[literal] == value ? literal + 1 : -1;
      }
      default -> pattern[at] == value ? at + 1 : -1;
    };
  }

  private static int bracket(byte[] pattern, int from, byte value) {
    int at = from;
    boolean negated = at < pattern.length && pattern[at] == '^';
    if (negated) {
      at++;
    }
    boolean taken = false;
    while (at < pattern.length && pattern[at] != ']') {
      int left = pattern.length - at;
      if (pattern[at] == '\\' && left >= 2) {
        taken |= pattern[at + 1] == value;
        at += 2;
      } else if (left >= 3 && pattern[at + 1] == '-') {
        byte low = (byte) Math.min(pattern[at], pattern[at + 2]);
        byte high = (byte) Math.max(pattern[at], pattern[at + 2]);
        taken |= low <= value && value <= high;
        at += 3;
      } else {
        taken |= pattern[at] == value;
        at++;
      }
    }
    return taken == negated ? -1 : Math.min(at + 1, pattern.length);
  }

  /** What every match begins with; the whole of a pattern without special bytes. */
  public static Bytes literalStart(Bytes pattern) {
    byte[] bytes = pattern.array();
    var start = new ByteArrayOutputStream(bytes.length);
    for (int at = 0; at < bytes.length; at++) {
      byte each = bytes[at];
      if (each == '*' || each == '?' || each == '[') {
        break;
      }
      if (each == '\\' && at + 1 < bytes.length) {
        at++;
      }
      start.write(bytes[at]);
    }
    return Bytes.of(start.toByteArray());
  }
}
