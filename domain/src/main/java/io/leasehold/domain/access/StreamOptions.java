package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/**
 * What XREAD and XREADGROUP are told before the names of their streams. A group, a consumer and a
 * stream may be called like an option, so words are read in turn with their values, as Redis reads
 * them.
 */
final class StreamOptions {
  private static final String STREAMS = "STREAMS";

  private StreamOptions() {}

  /** Where the first stream is named; 0 = none is. */
  static int firstStream(List<Bytes> arguments) {
    int at = find(arguments, STREAMS);
    return at == 0 ? 0 : at + 1;
  }

  /** Whether the option is given. */
  static boolean has(List<Bytes> arguments, String option) {
    return find(arguments, option) > 0;
  }

  private static int find(List<Bytes> arguments, String wanted) {
    int at = 1;
    while (at < arguments.size()) {
      String word = CommandTable.upper(arguments.get(at));
      if (word.equals(wanted)) {
        return at;
      }
      if (word.equals(STREAMS)) {
        return 0; // what follows are names
      }
      at += 1 + values(word);
    }
    return 0;
  }

  private static int values(String option) {
    return switch (option) {
      case "GROUP" -> 2;
      case "COUNT", "BLOCK" -> 1;
      default -> 0;
    };
  }
}
