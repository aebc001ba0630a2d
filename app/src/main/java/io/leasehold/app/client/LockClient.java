package io.leasehold.app.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks a lock server, one request at a time. Blocking: every call waits for its answer, at most as
 * long as it says. Not thread safe.
 */
public final class LockClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** The server answers within five seconds; the network may take some more. */
  private static final Duration ANSWER = Duration.ofSeconds(8);

  private final Socket socket;
  private final BufferedReader in;
  private final @Nullable String apiKey;

  /**
   * Connects, within five seconds.
   *
   * @param apiKey sent with every request, null without one
   * @throws IOException if there is no server at this address
   */
  public LockClient(String host, int port, @Nullable String apiKey) throws IOException {
    this.apiKey = apiKey;
    this.socket = new Socket();
    socket.connect(new InetSocketAddress(host, port), (int) CONNECT.toMillis());
    socket.setTcpNoDelay(true);
    this.in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  /** An empty request with its action. */
  public static ObjectNode request(String action) {
    return JSON.createObjectNode().put("action", action);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param more to wait on top, for a request that may stand in a queue
   * @throws IOException if the connection is lost or nothing comes in time: the outcome is unknown
   */
  public JsonNode ask(ObjectNode request, Duration more) throws IOException {
    if (apiKey != null) {
      request.put("api_key", apiKey);
    }
    socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, ANSWER.plus(more).toMillis()));
    socket
        .getOutputStream()
        .write((JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8));
    String line;
    try {
      line = in.readLine();
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer within " + ANSWER.plus(more).toSeconds() + " s", e);
    }
    if (line == null) {
      throw new IOException("the server has closed the connection");
    }
    return JSON.readTree(line);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
