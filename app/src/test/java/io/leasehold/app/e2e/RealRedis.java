package io.leasehold.app.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A redis-server of its own, spoken to in bytes. */
final class RealRedis implements AutoCloseable {
  private final Process process;
  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  final int port;

  /**
   * Starts one in a directory of its own.
   *
   * @param options as on its command line
   */
  RealRedis(Path dir, String... options) throws IOException {
    Path home = Files.createTempDirectory(dir, "redis");
    Path socket = home.resolve("redis.sock");
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var command = new ArrayList<>(List.of("redis-server", "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of("--port", Integer.toString(port), "--unixsocket", socket.toString()));
    command.addAll(List.of(options));
    process =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("redis.log").toFile())
            .start();
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> Files.exists(socket));
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    in = Channels.newInputStream(channel);
    out = Channels.newOutputStream(channel);
  }

  byte[] ask(List<String> command) throws IOException {
    var request = new StringBuilder("*" + command.size() + "\r\n");
    command.forEach(
        each -> request.append('$').append(each.length()).append("\r\n" + each + "\r\n"));
    out.write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    var reply = new ByteArrayOutputStream();
    readReply(reply);
    return reply.toByteArray();
  }

  private void readReply(ByteArrayOutputStream reply) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      line.write(each);
    }
    line.write('\n');
    reply.writeBytes(line.toByteArray());
    String text = line.toString(StandardCharsets.ISO_8859_1).strip();
    int count = "*$".indexOf(text.charAt(0)) < 0 ? -1 : Integer.parseInt(text.substring(1));
    if (text.charAt(0) == '$' && count >= 0) {
      reply.writeBytes(in.readNBytes(count + 2));
    }
    for (int i = 0; text.charAt(0) == '*' && i < count; i++) {
      readReply(reply);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    process.destroyForcibly();
  }
}
