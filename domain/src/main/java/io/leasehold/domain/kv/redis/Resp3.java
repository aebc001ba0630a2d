package io.leasehold.domain.kv.redis;

import java.io.ByteArrayOutputStream;
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
    Resp2.line(out, '>', Integer.toString(items.size()));
    items.forEach(item -> write(out, item));
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, Reply reply) {
    if (reply instanceof Reply.Array array) {
      writeArray(out, array);
    } else if (!Resp2.writeScalar(out, reply)) {
      Resp2.line(out, '_', "");
    }
  }

  private static void writeArray(ByteArrayOutputStream out, Reply.Array array) {
    List<Reply> items = array.items();
    switch (array.shape()) {
      case LIST -> Resp2.line(out, '*', Integer.toString(items.size()));
      case SET -> Resp2.line(out, '~', Integer.toString(items.size()));
      case MAP -> Resp2.line(out, '%', Integer.toString(items.size() / 2));
      case PAIRS -> {
        Resp2.line(out, '*', Integer.toString(items.size() / 2));
        for (int i = 0; i + 1 < items.size(); i += 2) {
          Resp2.line(out, '*', "2");
          write(out, items.get(i));
          write(out, items.get(i + 1));
        }
        return;
      }
    }
    items.forEach(item -> write(out, item));
  }
}
