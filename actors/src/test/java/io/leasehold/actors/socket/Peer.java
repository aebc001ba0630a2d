package io.leasehold.actors.socket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** The other end of a connection, with real small buffers. Reads give up after ten seconds. */
final class Peer implements AutoCloseable {
  private static final int SMALL_BUFFER = 4_096;
  private static final int PATIENCE_MILLIS = 10_000;

  final SocketChannel channel = SocketChannel.open();

  Peer(InetSocketAddress address) throws IOException {
    channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SMALL_BUFFER);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.connect(address);
    channel.socket().setSoTimeout(PATIENCE_MILLIS);
  }

  private Socket socket() {
    return channel.socket();
  }

  void send(String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Exactly so many bytes. */
  String read(int bytes) throws IOException {
    return new String(socket().getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
  }

  /** Everything up to the end of the stream. */
  byte[] readAll() throws IOException {
    var all = new ByteArrayOutputStream();
    socket().getInputStream().transferTo(all);
    return all.toByteArray();
  }

  /** Sends {@code block} over and over until the other side takes nothing for a while. */
  long sendUntilStuck(byte[] block, long atMost) throws Exception {
    channel.configureBlocking(false);
    long sent = 0;
    int stuck = 0;
    while (stuck < 20 && sent < atMost) {
      int now = channel.write(ByteBuffer.wrap(block));
      stuck = now == 0 ? stuck + 1 : 0;
      sent += now;
      if (now == 0) {
        LockSupport.parkNanos(10_000_000);
      }
    }
    channel.configureBlocking(true);
    return sent;
  }

  void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
