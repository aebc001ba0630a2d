package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where keys stand among the arguments of a command, as its "key specification" says (redis.io,
 * "Command key specifications"). Immutable.
 *
 * @param keyword the keys begin behind this word, each time that it stands there; null = they begin
 *     at {@code begin}
 * @param begin number of an argument, the name being 0; with a word, where it is looked for from
 * @param counted whether an argument says how many keys there are
 * @param first with a count, which argument has it; else the last key; both counted from the begin,
 *     a negative last from the end
 * @param second with a count, where the first key stands, from the begin; else one key in so many
 *     arguments
 * @param third with a count, one key in so many arguments; else keys are only the first one in so
 *     many of what is left, 0 and 1 = all
 */
record KeySpot(
    @Nullable String keyword, int begin, boolean counted, int first, int second, int third) {

  /** Reads the form of the table: {@code i1:r:0:1:0}. */
  static KeySpot parse(String text) {
    String[] parts = text.substring(1).split(":", -1);
    boolean byWord = text.charAt(0) == 'k';
    int at = byWord ? 2 : 1;
    return new KeySpot(
        byWord ? parts[0] : null,
        Integer.parseInt(byWord ? parts[1] : parts[0]),
        parts[at].equals("n"),
        Integer.parseInt(parts[at + 1]),
        Integer.parseInt(parts[at + 2]),
        Integer.parseInt(parts[at + 3]));
  }

  /** Adds the keys that are there; what is said of more than there is means what there is. */
  void addTo(List<Bytes> keys, List<Bytes> arguments) {
    if (keyword == null) {
      addFrom(begin, keys, arguments);
    } else if (keyword.equals("STREAMS")) {
      addFrom(StreamOptions.firstStream(arguments), keys, arguments);
    } else {
      // the last one counts for Redis: whoever asks what is touched wants to hear of all
      for (int i = begin; i + 1 < arguments.size(); i++) {
        if (CommandTable.upper(arguments.get(i)).equals(keyword)) {
          addFrom(i + 1, keys, arguments);
        }
      }
    }
  }

  private void addFrom(int from, List<Bytes> keys, List<Bytes> arguments) {
    if (from <= 0) {
      return;
    }
    int to;
    int step;
    int start;
    if (counted) {
      int count = count(arguments, from + first);
      start = from + second;
      step = third;
      to = start + (Math.min(count, arguments.size()) - 1) * step;
    } else {
      start = from;
      step = second;
      to = first < 0 ? arguments.size() + first : from + first;
      if (first < 0 && third > 1) {
        to = from + (to - from + 1) / third - 1;
      }
    }
    for (int i = start; i <= Math.min(to, arguments.size() - 1); i += step) {
      keys.add(arguments.get(i));
    }
  }

  private static int count(List<Bytes> arguments, int at) {
    Long count = at < arguments.size() ? CommandTable.integer(arguments.get(at)) : null;
    return count == null ? 0 : (int) Math.max(0, Math.min(count, arguments.size()));
  }
}
