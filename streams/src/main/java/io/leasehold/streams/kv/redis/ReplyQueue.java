package io.leasehold.streams.kv.redis;

import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.kv.redis.Resp2;
import io.leasehold.domain.kv.redis.Resp3;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.pekko.util.ByteString;
import org.apache.pekko.util.ByteStringBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The replies of one connection, in the order of its commands, and what is told in between.
 * Confined to its stage.
 */
final class ReplyQueue {
  /** The place of a reply. */
  static final class Slot {
    private final int protocol;
    private byte @Nullable [] bytes;

    private Slot(int protocol) {
      this.protocol = protocol;
    }

    /** The protocol that was spoken when its command came. */
    int protocol() {
      return protocol;
    }
  }

  private final ArrayDeque<Slot> open = new ArrayDeque<>();
  private ByteStringBuilder ready = ByteString.createBuilder();
  private long readyBytes;
  private long failures;

  /** A place behind all others. */
  Slot open(int protocol) {
    var slot = new Slot(protocol);
    open.add(slot);
    return slot;
  }

  /** Commands that are not answered, or whose answer waits for one before it. */
  int unanswered() {
    return open.size();
  }

  /** Commands that came to an error. */
  long failures() {
    return failures;
  }

  /** Bytes that may be sent. */
  long readyBytes() {
    return readyBytes;
  }

  void fill(Slot slot, Reply reply) {
    fill(slot, encoded(slot.protocol, reply));
  }

  /** Several replies to one command, or none. */
  void fill(Slot slot, byte[] bytes) {
    slot.bytes = bytes;
    if (bytes.length > 0 && bytes[0] == '-') { // in both protocols
      failures++;
    }
    for (Slot first = open.peek(); first != null && first.bytes != null; first = open.peek()) {
      open.remove();
      add(first.bytes);
    }
  }

  private void add(byte[] bytes) {
    ready.putBytes(bytes);
    readyBytes += bytes.length;
  }

  /** Something that nobody asked for: it goes out before what is not answered yet. */
  void tell(int protocol, List<Reply> items) {
    add(pushed(protocol, items));
  }

  /** The same as a single reply. */
  void tell(int protocol, Reply reply) {
    add(encoded(protocol, reply));
  }

  static byte[] encoded(int protocol, Reply reply) {
    return protocol == 2 ? Resp2.encode(reply) : Resp3.encode(reply);
  }

  /** As a push, which RESP2 has as an array. */
  static byte[] pushed(int protocol, List<Reply> items) {
    return protocol == 2
        ? Resp2.encode(new Reply.Array(Reply.Shape.LIST, items))
        : Resp3.push(items);
  }

  /** Takes all that may be sent. */
  ByteString take() {
    ByteString bytes = ready.result();
    ready = ByteString.createBuilder();
    readyBytes = 0;
    return bytes;
  }
}
