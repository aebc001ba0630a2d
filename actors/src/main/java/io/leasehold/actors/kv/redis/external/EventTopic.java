package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Something in an external instance that may be listened for. Immutable; safe for any thread.
 *
 * @param name of the channel, or the pattern; empty for a monitor
 */
record EventTopic(Kind kind, Bytes name) {
  /** All commands that are run. */
  static final EventTopic MONITOR = new EventTopic(Kind.MONITOR, Bytes.utf8(""));

  private static final long NAME_BYTES = 32;

  /** What it is. */
  enum Kind {
    CHANNEL("SUBSCRIBE", "UNSUBSCRIBE"),
    PATTERN("PSUBSCRIBE", "PUNSUBSCRIBE"),
    /** Has no end but that of its connection. */
    MONITOR("MONITOR", "");

    private final String begin;
    private final String end;

    Kind(String begin, String end) {
      this.begin = begin;
      this.end = end;
    }
  }

  /** Those of one kind. */
  static Set<EventTopic> all(Kind kind, Set<Bytes> names) {
    var topics = new LinkedHashSet<EventTopic>();
    names.forEach(name -> topics.add(new EventTopic(kind, name)));
    return topics;
  }

  /** The name, with what goes with it. */
  long bytes() {
    return NAME_BYTES + name.size();
  }

  /** The command that asks for it. */
  List<Bytes> begin() {
    Bytes word = Bytes.utf8(kind.begin);
    return kind == Kind.MONITOR ? List.of(word) : List.of(word, name);
  }

  /** The command that gives it up; empty if there is none. */
  List<Bytes> end() {
    return kind.end.isEmpty() ? List.of() : List.of(Bytes.utf8(kind.end), name);
  }
}
