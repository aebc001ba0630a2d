package io.leasehold.streams.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a line of words apart as Redis does: double quotes with escapes, single quotes without. No
 * state; safe for any thread.
 */
final class InlineWords {
  private InlineWords() {}

  /** The words, none of them for a blank line; null if a quote is not closed, or not at the end. */
  static @Nullable List<Bytes> split(byte[] line, int from, int to) {
    var words = new ArrayList<Bytes>();
    int at = from;
    while (true) {
      while (at < to && isBlank(line[at])) {
        at++;
      }
      if (at == to || line[at] == 0) {
        return words; // as C has it, a line ends at a zero byte
      }
      var word = new ByteArrayOutputStream();
      at = word(line, at, to, word);
      if (at < 0) {
        return null;
      }
      words.add(Bytes.of(word.toByteArray()));
    }
  }

  /** Where the word ends; -1 = it is not whole. */
  private static int word(byte[] line, int from, int to, ByteArrayOutputStream word) {
    int at = from;
    while (at < to && line[at] != 0 && !isBlank(line[at])) {
      byte each = line[at];
      if (each == '"' || each == '\'') {
        at = each == '"' ? doubled(line, at + 1, to, word) : single(line, at + 1, to, word);
        boolean atEnd = at >= 0 && (at == to || line[at] == 0 || isBlank(line[at]));
        return atEnd ? at : -1;
      }
      word.write(each);
      at++;
    }
    return at;
  }

  private static int doubled(byte[] line, int from, int to, ByteArrayOutputStream word) {
    int at = from;
    while (at < to && line[at] != 0) {
      byte each = line[at];
      if (each == '"') {
        return at + 1;
      }
      if (each == '\\' && at + 3 < to && line[at + 1] == 'x') {
        int high = Character.digit(line[at + 2], 16);
        int low = Character.digit(line[at + 3], 16);
        if (high >= 0 && low >= 0) {
          word.write(high << 4 | low);
          at += 4;
          continue;
        }
      }
      if (each == '\\' && at + 1 < to) {
        word.write(escaped(line[at + 1]));
        at += 2;
      } else {
        word.write(each);
        at++;
      }
    }
    return -1;
  }

  private static int escaped(byte code) {
    return switch (code) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> code;
    };
  }

  private static int single(byte[] line, int from, int to, ByteArrayOutputStream word) {
    int at = from;
    while (at < to && line[at] != 0) {
      if (line[at] == '\\' && at + 1 < to && line[at + 1] == '\'') {
        word.write('\'');
        at += 2;
      } else if (line[at] == '\'') {
        return at + 1;
      } else {
        word.write(line[at]);
        at++;
      }
    }
    return -1;
  }

  /** As isspace of C has it. */
  private static boolean isBlank(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
