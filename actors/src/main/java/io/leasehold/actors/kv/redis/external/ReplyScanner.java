package io.leasehold.actors.kv.redis.external;

import io.lettuce.core.protocol.CommandHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ByteProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes along with the replies of an external instance before the library reads them, for two things
 * that it does not do. It does not tell simple strings from bulk strings: here a simple string is
 * made a big number of RESP3, which it hands over by a way of its own and RESP2 never has. And it
 * keeps a string in memory until it is whole, however long: here a Redis that answers one command
 * with more than is allowed is hung up on, and whoever asked for that is told so. Confined to its
 * connection.
 */
final class ReplyScanner extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ReplyScanner.class);
  private static final byte SIMPLE = '+';
  private static final byte BIG_NUMBER = '(';
  private static final int LINE_END = 2;
  private static final int MAX_DIGITS = 18;

  private final long maxBytes;
  private byte type;
  private boolean inLine;
  private boolean negative;
  private int digits;
  private long number;
  private long toSkip;
  private long missing = 1;
  private long bytes;
  private int begun;

  /**
   * @param maxBytes of one reply, as it stands on the wire
   */
  ReplyScanner(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf buffer && !scan(buffer)) {
      LOG.warn("a reply is larger than {} bytes: its connection is closed", maxBytes);
      buffer.writerIndex(begun); // what is whole before it is good
      if (buffer.isReadable()) {
        context.fireChannelRead(buffer);
      } else {
        buffer.release();
      }
      markAsked(context);
      var unused = context.close();
      return;
    }
    context.fireChannelRead(message);
  }

  /** The command that waits first is the one that was answered. */
  private static void markAsked(ChannelHandlerContext context) {
    var library = context.pipeline().get(CommandHandler.class);
    var asked = library == null ? null : library.getStack().peek();
    if (asked != null && asked.getOutput() instanceof ReplyOutput output) {
      output.fill();
    }
  }

  /** Whether it goes on. */
  private boolean scan(ByteBuf buffer) {
    int at = buffer.readerIndex();
    begun = at;
    int end = buffer.writerIndex();
    while (at < end) {
      int next;
      if (toSkip > 0) {
        next = (int) Math.min(end, at + toSkip);
        toSkip -= next - at;
        if (toSkip == 0) {
          element();
        }
      } else if (inLine) {
        next = line(buffer, at, end);
      } else {
        begin(buffer, at);
        next = at + 1;
      }
      bytes += next - at;
      if (bytes + toSkip > maxBytes) {
        return false;
      }
      if (missing == 0) {
        missing = 1;
        bytes = 0;
        begun = next;
      }
      at = next;
    }
    return true;
  }

  private void begin(ByteBuf buffer, int at) {
    type = buffer.getByte(at);
    if (type == SIMPLE) {
      buffer.setByte(at, BIG_NUMBER);
    }
    inLine = true;
    negative = false;
    digits = 0;
    number = 0;
  }

  private int line(ByteBuf buffer, int at, int end) {
    int found = buffer.forEachByte(at, end - at, ByteProcessor.FIND_LF);
    int stop = found < 0 ? end : found;
    if (type == '$' || type == '*') {
      for (int i = at; i < stop; i++) {
        byte each = buffer.getByte(i);
        if (each == '-') {
          negative = true;
        } else if (each >= '0' && each <= '9' && ++digits <= MAX_DIGITS) {
          number = number * 10 + each - '0';
        }
      }
    }
    if (found < 0) {
      return end;
    }
    inLine = false;
    if (type == '$' && !negative) {
      toSkip = number + LINE_END;
    } else {
      if (type == '*' && !negative) {
        missing += number;
      }
      element();
    }
    return found + 1;
  }

  private void element() {
    missing--;
  }
}
