package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.protocol.RedisStateMachine;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one connection on which a Redis tells what happens: all that comes is given to an ear, in
 * order, by the thread of the connection. What is sent is sent in order, too, from any thread.
 */
final class EventReader extends ByteToMessageDecoder {
  /** Is told what comes. Must return at once, and throw nothing. */
  interface Ear {
    /** From now on may be sent. */
    void ready();

    void said(Reply reply);

    /** Something came that is larger than allowed; it is lost. */
    void tooLarge();
  }

  private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);

  private final RedisStateMachine machine = new RedisStateMachine();
  private final long maxReply;
  private final Ear ear;
  private ReplyOutput reply;
  private volatile Consumer<List<Command<byte[], byte[], Reply>>> way = commands -> {};

  /**
   * @param maxReply bytes of one event
   */
  EventReader(long maxReply, Ear ear) {
    this.maxReply = maxReply;
    this.ear = ear;
    this.reply = new ReplyOutput(maxReply);
    machine.setProtocolVersion(ProtocolVersion.RESP2);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    way =
        commands ->
            // by the queue of the loop even from its own thread: so the order is that of the calls
            context
                .executor()
                .execute(
                    () -> {
                      var unused = context.writeAndFlush(commands);
                    });
    ear.ready();
  }

  /** Sends commands behind all that was sent before; a connection that is gone loses them. */
  void send(List<List<Bytes>> commands) {
    var all = new ArrayList<Command<byte[], byte[], Reply>>(commands.size());
    commands.forEach(words -> all.add(Wire.command(words, maxReply)));
    try {
      way.accept(all);
    } catch (RejectedExecutionException e) {
      // the node stops, and its connections with it
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (machine.decode(in, reply)) {
      ReplyOutput whole = reply;
      reply = new ReplyOutput(maxReply);
      if (whole.isFull()) {
        ear.tooLarge();
      } else {
        ear.said(whole.get());
      }
    }
  }

  /** What cannot be read ends the connection, and its streams with it. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.warn("events of an external instance cannot be read: {}", Causes.text(cause));
    var unused = context.close();
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    machine.close();
  }
}
