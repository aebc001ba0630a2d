package io.leasehold.app.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;

/**
 * A port of this machine for a server that is not there yet, or away for a while. As long as nobody
 * listens connects are refused; nobody else is given the port, also not as the own end of a
 * connection, so that a client that tries again and again does not reach itself.
 *
 * <p>The server has to allow that addresses are used again, as those of the JDK do by default.
 */
final class ReservedPort implements AutoCloseable {
  private final Socket bound = new Socket();

  ReservedPort() throws IOException {
    bound.setReuseAddress(true);
    bound.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
  }

  int number() {
    return bound.getLocalPort();
  }

  SocketAddress address() {
    return bound.getLocalSocketAddress();
  }

  @Override
  public void close() throws IOException {
    bound.close();
  }
}
