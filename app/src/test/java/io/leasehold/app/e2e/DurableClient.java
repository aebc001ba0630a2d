package io.leasehold.app.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** Sends numbered lines of a stream, and keeps what was acknowledged. Not thread safe. */
final class DurableClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int AHEAD = 2_000;
  private static final int CHUNK = 50;

  private final String ack;
  private long acked;

  /**
   * Has sent nothing yet.
   *
   * @param ack durable or received
   */
  DurableClient(String ack) {
    this.ack = ack;
  }

  /** All numbers up to this one were acknowledged. */
  long acked() {
    return acked;
  }

  static String line(long number) {
    return "{\"v\":1,\"src\":\"s\",\"ts\":"
        + System.currentTimeMillis()
        + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\""
        + number
        + "\"}}\n";
  }

  private static @Nullable JsonNode reply(BufferedReader in) throws IOException {
    String line = in.readLine();
    return line == null ? null : JSON.readTree(line);
  }

  /**
   * Connects and sends without a pause until so many more lines are acknowledged, then runs {@code
   * then} while it goes on sending; returns when the connection is gone.
   */
  void sendUntilCut(Socket socket, int lines, Runnable then) throws IOException {
    try (socket) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      long sent = greet(socket, in);
      long goal = acked + lines;
      boolean done = false;
      while (true) {
        while (sent < acked + AHEAD) {
          var text = new StringBuilder();
          for (int i = 0; i < CHUNK; i++) {
            text.append(line(++sent));
          }
          socket.getOutputStream().write(text.toString().getBytes(UTF_8));
        }
        JsonNode reply = reply(in);
        if (reply == null) {
          return;
        }
        take(reply);
        if (acked >= goal && !done) {
          done = true;
          then.run();
        }
      }
    } catch (IOException e) {
      if (acked == 0) {
        throw e; // it must have begun
      }
    }
  }

  /** Sends lines one by one, each when the one before is acknowledged. */
  void sendOneByOne(Socket socket, int lines) throws IOException {
    try (socket) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      long sent = greet(socket, in);
      for (int i = 0; i < lines; i++) {
        socket.getOutputStream().write(line(++sent).getBytes(UTF_8));
        while (acked < sent) {
          JsonNode reply = reply(in);
          if (reply == null) {
            throw new IOException("closed before " + sent + " was acknowledged");
          }
          take(reply);
        }
      }
    }
  }

  /** Returns the number before the first line: those that are settled come again, uncounted. */
  private long greet(Socket socket, BufferedReader in) throws IOException {
    long resume = acked;
    String hello =
        "{\"v\":1,\"type\":\"hello\",\"src\":\"s\",\"data\":{\"ack\":\""
            + ack
            + "\",\"stream\":\"x\",\"resume\":"
            + resume
            + "}}\n";
    socket.getOutputStream().write(hello.getBytes(UTF_8));
    JsonNode reply = reply(in);
    if (reply == null || !reply.has("credit")) {
      throw new IOException("no greeting but " + reply);
    }
    acked = reply.get("ack").longValue();
    return resume;
  }

  private void take(JsonNode reply) {
    if (reply.has("nack") || reply.has("error")) {
      throw new AssertionError("nothing was wrong, but " + reply);
    }
    acked = reply.path("ack").asLong(acked);
  }
}
