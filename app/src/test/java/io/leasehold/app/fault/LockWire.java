package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** One connection that asks one thing at a time. Confined to a thread, but for {@link #close}. */
final class LockWire implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CONNECT_MILLIS = 2_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  /**
   * Connects and exchanges a ping, so that a proxy without a server behind it, or a server that
   * does not answer, counts as not connected.
   */
  LockWire(InetSocketAddress address) throws IOException {
    try {
      socket.connect(address, CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
      ask("{\"action\":\"ping\",\"id\":\"hello\"}", "hello", Duration.ofMillis(CONNECT_MILLIS));
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Sends a request and waits for its answer; pushes are passed over.
   *
   * @param line without its end
   * @param id that the line has
   * @param patience for each line that comes
   * @throws IOException also when patience ends, or another answer comes: then close this
   */
  JsonNode ask(String line, String id, Duration patience) throws IOException {
    socket.setSoTimeout((int) patience.toMillis());
    socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (true) {
      JsonNode answer = JSON.readTree(nextLine());
      if (answer.has("success")) {
        if (!answer.path("id").asText().equals(id)) {
          throw new IOException("waited for the answer to " + id + ", got " + answer);
        }
        return answer;
      }
    }
  }

  private byte[] nextLine() throws IOException {
    var line = new ByteArrayOutputStream(256);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("closed by the server");
      }
      line.write(next);
    }
    return line.toByteArray();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // it is of no use any more either way
    }
  }
}
