package io.leasehold.actors.kv.redis;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.util.ArrayList;
import java.util.List;

/**
 * How replies are written between nodes. Numbers of kinds are only ever added. No state; safe for
 * any thread.
 */
public final class ReplyCodec {
  private static final int SIMPLE = 1;
  private static final int FAILURE = 2;
  private static final int NUMBER = 3;
  private static final int BULK = 4;
  private static final int NIL = 5;
  private static final int NIL_ARRAY = 6;
  private static final int LIST = 7;
  private static final int SET = 8;
  private static final int MAP = 9;
  private static final int PAIRS = 10;

  private ReplyCodec() {}

  /** Replies in their order. */
  public static void writeAll(ByteWriter out, List<Reply> replies) {
    out.writeLong(replies.size());
    replies.forEach(each -> write(out, each));
  }

  /** What {@link #writeAll} wrote. */
  public static List<Reply> readAll(ByteReader in) {
    int count = in.readInt();
    var replies = new ArrayList<Reply>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      replies.add(read(in));
    }
    return replies;
  }

  private static void write(ByteWriter out, Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      out.writeByte(BULK);
      out.writeBytes(bulk.bytes().array());
    } else if (reply instanceof Reply.WholeNumber number) {
      out.writeByte(NUMBER);
      out.writeLong(number.value());
    } else if (reply instanceof Reply.Simple simple) {
      out.writeByte(SIMPLE);
      out.writeString(simple.text());
    } else if (reply instanceof Reply.Failure failure) {
      out.writeByte(FAILURE);
      out.writeString(failure.text());
    } else if (reply instanceof Reply.Array array) {
      out.writeByte(
          switch (array.shape()) {
            case LIST -> LIST;
            case SET -> SET;
            case MAP -> MAP;
            case PAIRS -> PAIRS;
          });
      writeAll(out, array.items());
    } else {
      out.writeByte(reply instanceof Reply.NilArray ? NIL_ARRAY : NIL);
    }
  }

  private static Reply read(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case SIMPLE -> new Reply.Simple(in.readString());
      case FAILURE -> new Reply.Failure(in.readString());
      case NUMBER -> Replies.number(in.readLong());
      case BULK -> new Reply.Bulk(Bytes.of(in.readBytes()));
      case NIL -> Replies.NIL;
      case NIL_ARRAY -> Replies.NIL_ARRAY;
      case LIST -> new Reply.Array(Reply.Shape.LIST, readAll(in));
      case SET -> new Reply.Array(Reply.Shape.SET, readAll(in));
      case MAP -> new Reply.Array(Reply.Shape.MAP, readAll(in));
      case PAIRS -> new Reply.Array(Reply.Shape.PAIRS, readAll(in));
      default ->
          throw new IllegalArgumentException(
              "reply of kind " + kind + ": this version reads 1 to " + PAIRS);
    };
  }
}
