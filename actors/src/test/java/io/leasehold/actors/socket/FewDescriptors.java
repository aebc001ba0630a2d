package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A program of its own: prints its port, greets every connection with one byte, closes those that
 * their peers close, and prints a line whenever it could not accept one.
 */
final class FewDescriptors {
  private FewDescriptors() {}

  public static void main(String[] args) throws Exception {
    SocketLoop loop = SocketLoop.start("few", Clock.system());
    var listener =
        new SocketListener(
            loop,
            Clock.system(),
            Port.ANY,
            4_096,
            channel -> greet(loop, channel),
            () -> System.out.println("not accepted"));
    listener.start();
    System.out.println(listener.address().getPort());
    System.in.read(); // until the test ends
    loop.close();
  }

  private static void greet(SocketLoop loop, SocketChannel channel) {
    try {
      var socket = new LoopSocket(loop, channel, Duration.ofMinutes(1), () -> {});
      socket.ownedBy(new Closing(socket));
      socket.wantInput(true);
      socket.write(new byte[] {'k'});
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Closing(LoopSocket socket) implements LoopSocket.Owner {
    @Override
    public void readable() {
      try {
        socket.read();
      } catch (IOException e) {
        socket.abort();
      }
      if (socket.isInputEnded()) {
        socket.abort();
      }
    }

    @Override
    public void writable() {}

    @Override
    public void failed(IOException cause) {}
  }
}
