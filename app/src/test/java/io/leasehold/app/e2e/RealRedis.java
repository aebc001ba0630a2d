package io.leasehold.app.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A redis-server of its own, spoken to in bytes. */
final class RealRedis implements AutoCloseable {
  private final Process process;
  private final Path socket;
  private final SocketChannel channel;

  final RespClient client;
  final int port;

  /**
   * Starts one in a directory of its own.
   *
   * @param options as on its command line
   */
  RealRedis(Path dir, String... options) throws IOException {
    Path home = Files.createTempDirectory(dir, "redis");
    socket = home.resolve("redis.sock");
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
    channel = connect();
    client = new RespClient(Channels.newInputStream(channel), Channels.newOutputStream(channel));
  }

  /** Another connection. */
  SocketChannel connect() throws IOException {
    SocketChannel connected = SocketChannel.open(StandardProtocolFamily.UNIX);
    connected.connect(UnixDomainSocketAddress.of(socket));
    return connected;
  }

  byte[] ask(List<String> command) throws IOException {
    return client.ask(command);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    process.destroyForcibly();
  }
}
