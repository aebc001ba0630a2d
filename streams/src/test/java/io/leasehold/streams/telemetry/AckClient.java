package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that greets, sends lines and reads replies as they are. */
final class AckClient implements AutoCloseable {
  final Socket socket;
  private final BufferedReader in;

  AckClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Of a connection that is open. */
  AckClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(20_000);
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
  }

  static String hello(String data) {
    return "{\"v\":1,\"type\":\"hello\",\"src\":\"billing\",\"data\":{" + data + "}}\n";
  }

  static String event(String msg) {
    return "{\"v\":1,\"src\":\"billing\",\"ts\":"
        + StillClock.WALL
        + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\""
        + msg
        + "\"}}\n";
  }

  static String events(int from, int to) {
    var text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(event(Integer.toString(i)));
    }
    return text.toString();
  }

  AckClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
    return this;
  }

  /** The next reply; null at the end. */
  @Nullable String reply() throws IOException {
    return in.readLine();
  }

  AckClient expect(String reply) throws IOException {
    assertThat(reply()).isEqualTo(reply);
    return this;
  }

  /** All replies up to the acknowledgement of this number. */
  List<String> repliesTo(long number) throws IOException {
    var replies = new ArrayList<String>();
    String last = "{\"ack\":" + number + "}";
    while (replies.isEmpty() || !replies.get(replies.size() - 1).equals(last)) {
      String reply = reply();
      assertThat(reply).as("instead of an ack of " + number + " after " + replies).isNotNull();
      replies.add(reply);
    }
    return replies;
  }

  AckClient awaitAck(long number) throws IOException {
    repliesTo(number);
    return this;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
