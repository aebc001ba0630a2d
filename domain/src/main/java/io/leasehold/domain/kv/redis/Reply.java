package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/** What a command answers. All are immutable. */
public sealed interface Reply {
  /** What an array stands for: RESP2 has arrays only, RESP3 tells them apart. */
  enum Shape {
    LIST,
    /** Members without order or repetition. */
    SET,
    /** Names and values in turn. */
    MAP,
    /** Names and values in turn; in RESP3 an array of arrays of two. */
    PAIRS
  }

  /** Bytes of it on the wire, at most some twenty too many. Cost: one step an element. */
  long weight();

  /** A short text without line breaks, such as OK. */
  record Simple(String text) implements Reply {
    @Override
    public long weight() {
      return 3L + text.length();
    }
  }

  /** A refusal: its code, a blank and the text. The command has changed nothing. */
  record Failure(String text) implements Reply {
    @Override
    public long weight() {
      return 3L + 3L * text.length();
    }
  }

  record WholeNumber(long value) implements Reply {
    @Override
    public long weight() {
      return 23;
    }
  }

  record Bulk(Bytes bytes) implements Reply {
    static final long OVERHEAD_BYTES = 14;

    @Override
    public long weight() {
      return OVERHEAD_BYTES + bytes.size();
    }
  }

  /** There is no such thing. */
  record Nil() implements Reply {
    @Override
    public long weight() {
      return 5;
    }
  }

  /** There is no such thing, where an array would stand. */
  record NilArray() implements Reply {
    @Override
    public long weight() {
      return 5;
    }
  }

  record Array(Shape shape, List<Reply> items) implements Reply {
    public Array {
      items = List.copyOf(items);
    }

    @Override
    public long weight() {
      long weight = 14;
      for (Reply item : items) {
        weight += item.weight();
      }
      return weight;
    }
  }
}
