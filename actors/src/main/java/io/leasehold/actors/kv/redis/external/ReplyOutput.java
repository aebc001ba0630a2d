package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a reply of what comes in as RESP2, of any shape, errors among its elements included. What
 * is larger than allowed is read and dropped. Confined to the thread of its connection until it is
 * complete.
 */
final class ReplyOutput extends CommandOutput<byte[], byte[], Reply> {
  private static final int FIRST_ROOM = 1_024;

  /** An array that is not whole yet. */
  private static final class Open {
    final List<Reply> items;
    int left;

    Open(int size) {
      items = new ArrayList<>(Math.min(size, FIRST_ROOM));
      left = size;
    }
  }

  private final long maxBytes;
  private final Deque<Open> open = new ArrayDeque<>();
  private long bytes;

  /**
   * @param maxBytes of the reply, as {@link Reply#weight} has them
   */
  ReplyOutput(long maxBytes) {
    super(ByteArrayCodec.INSTANCE, null);
    this.maxBytes = maxBytes;
  }

  /** Whether more came in than allowed. */
  boolean isFull() {
    return bytes > maxBytes;
  }

  /** More came in than allowed, or is about to; none of it is kept. */
  void fill() {
    bytes = maxBytes + 1;
    open.clear();
  }

  /** What stands for a reply that was too large. */
  Reply tooLarge() {
    return new Reply.Failure(
        "ERR reply exceeds maximum allowed size. Limit: " + maxBytes + " bytes");
  }

  @Override
  public void set(@Nullable ByteBuffer value) {
    if (value == null) {
      add(Replies.NIL);
    } else if (bytes + value.remaining() > maxBytes) {
      bytes += value.remaining();
      add(Replies.NIL); // not kept: it is too large as a whole
    } else {
      byte[] copy = new byte[value.remaining()];
      value.get(copy);
      add(new Reply.Bulk(Bytes.of(copy)));
    }
  }

  /** A simple string: see {@link ReplyScanner}. */
  @Override
  public void setBigNumber(ByteBuffer value) {
    String text = StandardCharsets.UTF_8.decode(value).toString();
    add(text.equals("OK") ? Replies.OK : new Reply.Simple(text));
  }

  @Override
  public void set(long value) {
    add(Replies.number(value));
  }

  /** An error of Redis is a reply like any other. */
  @Override
  public void setError(ByteBuffer text) {
    add(new Reply.Failure(StandardCharsets.UTF_8.decode(text).toString()));
  }

  /** Said when the connection is gone; the command fails with it. */
  @Override
  public void setError(String text) {
    // whoever waits is told by the failure
  }

  @Override
  public void multi(int count) {
    if (count < 0) {
      add(Replies.NIL_ARRAY);
    } else if (count == 0) {
      add(Replies.EMPTY);
    } else {
      bytes += 14;
      open.push(new Open(count));
    }
  }

  private void add(Reply reply) {
    bytes += reply.weight();
    Reply whole = reply;
    for (Open array = open.peek(); array != null; array = open.peek()) {
      if (!isFull()) {
        array.items.add(whole);
      }
      array.left--;
      if (array.left > 0) {
        return;
      }
      open.pop();
      whole = isFull() ? Replies.NIL : new Reply.Array(Reply.Shape.LIST, array.items);
    }
    output = isFull() ? tooLarge() : whole;
  }
}
