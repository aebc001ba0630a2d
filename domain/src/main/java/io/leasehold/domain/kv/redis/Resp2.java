package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies in RESP2, the second protocol of Redis (redis.io, "Redis serialization protocol
 * specification").
 */
public final class Resp2 {
  private Resp2() {}

  /** The reply as it stands on the wire. */
  public static byte[] encode(Reply reply) {
    var out = new ByteArrayOutputStream((int) Math.min(reply.weight(), 1 << 20));
    write(out, reply);
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, Reply reply) {
    if (reply instanceof Reply.Array array) {
      line(out, '*', Integer.toString(array.items().size()));
      array.items().forEach(item -> write(out, item));
    } else if (!writeScalar(out, reply)) {
      line(out, reply instanceof Reply.NilArray ? '*' : '$', "-1");
    }
  }

  /** What is the same in every version of the protocol; false = it is an array or nil. */
  static boolean writeScalar(ByteArrayOutputStream out, Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      Bytes bytes = bulk.bytes();
      line(out, '$', Integer.toString(bytes.size()));
      out.write(bytes.array(), 0, bytes.size());
      out.write('\r');
      out.write('\n');
    } else if (reply instanceof Reply.WholeNumber number) {
      line(out, ':', Long.toString(number.value()));
    } else if (reply instanceof Reply.Simple simple) {
      line(out, '+', simple.text());
    } else if (reply instanceof Reply.Failure error) {
      line(out, '-', error.text());
    } else {
      return false;
    }
    return true;
  }

  static void line(ByteArrayOutputStream out, char kind, String text) {
    out.write(kind);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.write('\r');
    out.write('\n');
  }
}
