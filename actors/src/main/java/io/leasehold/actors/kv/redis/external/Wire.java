package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.util.List;

/** Commands as the client library takes them: bytes in, bytes out. No state. */
final class Wire {
  private Wire() {}

  /**
   * The name of a command. The library looks at names to follow transactions and logins; here
   * nobody but Redis should.
   */
  private static final class Name implements ProtocolKeyword {
    private final byte[] bytes;

    Name(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public byte[] getBytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return "GATEWAY";
    }
  }

  static ProtocolKeyword name(Bytes word) {
    return new Name(word.array());
  }

  /**
   * A command that is to be sent once.
   *
   * @param words name first, not empty
   * @param maxReply bytes of its reply
   */
  static Command<byte[], byte[], Reply> command(List<Bytes> words, long maxReply) {
    return new Command<>(name(words.get(0)), new ReplyOutput(maxReply), arguments(words));
  }

  /**
   * All words of a command but its name.
   *
   * @param words name first, not empty
   */
  static CommandArgs<byte[], byte[]> arguments(List<Bytes> words) {
    var arguments = new CommandArgs<>(ByteArrayCodec.INSTANCE);
    for (int i = 1; i < words.size(); i++) {
      arguments.add(words.get(i).array());
    }
    return arguments;
  }

  /** Bytes of all words of all commands. */
  static long bytesOfAll(List<List<Bytes>> commands) {
    long bytes = 0;
    for (List<Bytes> command : commands) {
      bytes += bytesOf(command);
    }
    return bytes;
  }

  /** Bytes of all words of a command. */
  static long bytesOf(List<Bytes> command) {
    long bytes = 0;
    for (Bytes word : command) {
      bytes += word.size();
    }
    return bytes;
  }
}
