package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Replies that are often made. */
public final class Replies {
  public static final Reply OK = new Reply.Simple("OK");
  public static final Reply NIL = new Reply.Nil();
  public static final Reply NIL_ARRAY = new Reply.NilArray();
  public static final Reply ZERO = new Reply.WholeNumber(0);
  public static final Reply ONE = new Reply.WholeNumber(1);
  public static final Reply EMPTY = new Reply.Array(Reply.Shape.LIST, List.of());

  private Replies() {}

  public static Reply number(long value) {
    return value == 0 ? ZERO : value == 1 ? ONE : new Reply.WholeNumber(value);
  }

  public static Reply flag(boolean value) {
    return value ? ONE : ZERO;
  }

  public static Reply bulk(Bytes bytes) {
    return new Reply.Bulk(bytes);
  }

  public static Reply bulk(String text) {
    return new Reply.Bulk(Bytes.utf8(text));
  }

  public static Reply array(List<Reply> items) {
    return new Reply.Array(Reply.Shape.LIST, items);
  }

  /** An array of bulk strings. */
  public static Reply bulks(Reply.Shape shape, List<Bytes> strings) {
    var items = new ArrayList<Reply>(strings.size());
    for (Bytes each : strings) {
      items.add(new Reply.Bulk(each));
    }
    return new Reply.Array(shape, items);
  }
}
