package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes replies in RESP3, the third protocol of Redis (redis.io, "Redis serialization protocol
 * specification"): it tells sets and maps from lists, and has one nil.
 */
public final class Resp3 {
  private Resp3() {}

  /** The reply as it stands on the wire. */
  public static byte[] encode(Reply reply) {
    var out = new ByteArrayOutputStream((int) Math.min(reply.weight(), 1 << 20));
    write(out, reply);
    return out.toByteArray();
  }

  /** Something that is told without having been asked for. */
  public static byte[] push(List<Reply> items) {
    var out = new ByteArrayOutputStream();
    line(out, '>', Integer.toString(items.size()));
    items.forEach(item -> write(out, item));
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      Bytes bytes = bulk.bytes();
      line(out, '$', Integer.toString(bytes.size()));
      out.write(bytes.array(), 0, bytes.size());
      out.write('\r');
      out.write('\n');
    } else if (reply instanceof Reply.WholeNumber number) {
      line(out, ':', Long.toString(number.value()));
    } else if (reply instanceof Reply.Array array) {
      writeArray(out, array);
    } else if (reply instanceof Reply.Simple simple) {
      line(out, '+', simple.text());
    } else if (reply instanceof Reply.Failure error) {
      line(out, '-', error.text());
    } else {
      line(out, '_', "");
    }
  }

  private static void writeArray(ByteArrayOutputStream out, Reply.Array array) {
    List<Reply> items = array.items();
    switch (array.shape()) {
      case LIST -> line(out, '*', Integer.toString(items.size()));
      case SET -> line(out, '~', Integer.toString(items.size()));
      case MAP -> line(out, '%', Integer.toString(items.size() / 2));
      case PAIRS -> {
        line(out, '*', Integer.toString(items.size() / 2));
        for (int i = 0; i + 1 < items.size(); i += 2) {
          line(out, '*', "2");
          write(out, items.get(i));
          write(out, items.get(i + 1));
        }
        return;
      }
    }
    items.forEach(item -> write(out, item));
  }

  private static void line(ByteArrayOutputStream out, char kind, String text) {
    out.write(kind);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.write('\r');
    out.write('\n');
  }
}
