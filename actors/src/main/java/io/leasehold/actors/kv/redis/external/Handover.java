package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Lets a reader of events take a connection over once it is logged in and has answered a PING: the
 * library matches replies with commands, and has no way for what comes without being asked for, as
 * the lines of MONITOR do. No state; one serves all connections.
 */
@ChannelHandler.Sharable
final class Handover extends ChannelOutboundHandlerAdapter {
  static final Handover INSTANCE = new Handover();

  private Handover() {}

  /** Is written like a command, behind all others; nothing of it is sent. */
  static final class Request extends Command<byte[], byte[], Reply> {
    private final EventReader reader;

    Request(EventReader reader) {
      super(
          Wire.name(Bytes.utf8("HANDOVER")),
          new ReplyOutput(0),
          new CommandArgs<>(ByteArrayCodec.INSTANCE));
      this.reader = reader;
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof Request request) {
      var pipeline = context.pipeline();
      pipeline.addBefore(pipeline.context(CommandHandler.class).name(), "events", request.reader);
      promise.trySuccess();
    } else {
      super.write(context, message, promise);
    }
  }
}
