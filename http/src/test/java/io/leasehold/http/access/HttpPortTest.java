package io.leasehold.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.time.Clock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a port does beyond the library: sockets, their bound, their end. */
class HttpPortTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Duration LONG = Duration.ofMinutes(1);

  private final HttpConnections connections = new HttpConnections(2);
  private final CompletableFuture<HttpResponse> slow = new CompletableFuture<>();
  private HttpPort port;

  @AfterAll
  static void stopActors() {
    KIT.shutdownTestKit();
  }

  @AfterEach
  void close() throws Exception {
    if (port != null) {
      port.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void open(Duration idleTimeout) throws Exception {
    port = open("127.0.0.1", 0, idleTimeout).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private CompletionStage<HttpPort> open(String host, int number, Duration idleTimeout) {
    return HttpPort.open(
        KIT.system(),
        host,
        number,
        ServerLimits.of(KIT.system(), connections.max(), idleTimeout, ServerLimits.MAX_URI),
        idleTimeout,
        connections,
        this::answer,
        Clock.system());
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    String path = request.getUri().path();
    if (path.equals("/throws")) {
      throw new IllegalStateException("not foreseen");
    }
    if (path.equals("/slow")) {
      return slow;
    }
    var remote = request.getAttribute(AttributeKeys.remoteAddress).orElseThrow();
    String text = path + " of " + remote.getAddress().orElseThrow().getHostAddress();
    return CompletableFuture.completedFuture(HttpResponse.create().withEntity(text));
  }

  private final class Client implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Client() throws IOException {
      socket = new Socket("127.0.0.1", port.address().getPort());
      socket.setSoTimeout(10_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    Client send(String... paths) throws IOException {
      var text = new StringBuilder();
      for (String path : paths) {
        text.append("GET ").append(path).append(" HTTP/1.1\r\nHost: here\r\n\r\n");
      }
      socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
      return this;
    }

    /** The status line, headers and body of an answer that says how long it is. */
    String receive() throws IOException {
      var all = new StringBuilder();
      int length = 0;
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        all.append(line).append('\n');
        if (line.startsWith("Content-Length: ")) {
          length = Integer.parseInt(line.substring(16));
        }
      }
      for (int i = 0; i < length; i++) {
        all.append((char) in.read());
      }
      return all.toString();
    }

    /** True if the peer has ended the connection, and nothing came before. */
    boolean isEnded() {
      try {
        return in.read() < 0;
      } catch (IOException e) {
        return true; // a reset
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void requestsOfAConnectionAreAnsweredInTheirOrder() throws Exception {
    open(LONG);
    try (var client = new Client().send("/a", "/slow", "/c")) {
      assertThat(client.receive()).startsWith("HTTP/1.1 200 OK\n").endsWith("/a of 127.0.0.1");
      slow.complete(HttpResponse.create().withEntity("late"));
      assertThat(client.receive()).endsWith("late");
      assertThat(client.receive()).endsWith("/c of 127.0.0.1");
    }
  }

  @Test
  void clientThatHasSentEverythingIsAnswered() throws Exception {
    open(LONG);
    try (var client = new Client().send("/slow")) {
      client.socket.shutdownOutput();
      slow.complete(HttpResponse.create().withEntity("late"));
      assertThat(client.receive()).endsWith("late");
      assertThat(client.isEnded()).isTrue();
    }
    Awaitility.await().until(() -> connections.open() == 0);
  }

  @Test
  void whoeverComesBeyondTheBoundIsToldSoAndOthersGoOn() throws Exception {
    open(LONG);
    try (var one = new Client().send("/one");
        var two = new Client().send("/two")) {
      assertThat(one.receive()).endsWith("/one of 127.0.0.1");
      assertThat(two.receive()).endsWith("/two of 127.0.0.1");
      try (var three = new Client().send("/three")) {
        assertThat(three.receive())
            .startsWith("HTTP/1.1 503 Service Unavailable\nConnection: close\nRetry-After: 1\n")
            .containsPattern("X-Correlation-ID: cor_[0-9a-f]{16}\nX-Request-ID: req_[0-9a-f]{16}\n")
            .contains("\"code\":\"overloaded\"")
            .contains("\"message\":\"all 2 connections of http.max-connections are in use\"")
            .contains("\"correlation_id\":\"cor_")
            .endsWith("\"outcome\":\"not_applied\"}");
        assertThat(three.isEnded()).isTrue();
      }
      assertThat(one.send("/again").receive()).endsWith("/again of 127.0.0.1");
    }
    Awaitility.await().until(() -> connections.open() == 0);
    try (var four = new Client().send("/four")) {
      assertThat(four.receive()).endsWith("/four of 127.0.0.1");
    }
    assertThat(connections.collect().get(1).samples.get(0).value).isEqualTo(1);
  }

  /** It asks for the end and stays: its descriptor is in use, and counts, until it is closed. */
  @Test
  void connectionCountsAsLongAsItsSocketIsOpen() throws Exception {
    open(LONG);
    try (var client = new Client()) {
      String request = "GET /a HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
      client.socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(client.receive()).contains("Connection: close").endsWith("/a of 127.0.0.1");
      assertThat(client.isEnded()).isTrue(); // it will send nothing more, and reads still
      assertThat(connections.open()).isEqualTo(1);
    }
    Awaitility.await().until(() -> connections.open() == 0);
  }

  @Test
  void connectionOnWhichNothingHappensIsEnded() throws Exception {
    open(Duration.ofMillis(300));
    try (var client = new Client().send("/a")) {
      assertThat(client.receive()).endsWith("/a of 127.0.0.1");
      assertThat(client.isEnded()).isTrue();
    }
    Awaitility.await().until(() -> connections.open() == 0);
  }

  @Test
  void failureOfOneConnectionIsNoneOfTheOthers() throws Exception {
    open(LONG);
    try (var bad = new Client().send("/throws");
        var good = new Client().send("/a")) {
      assertThat(bad.receive()).startsWith("HTTP/1.1 500 ");
      assertThat(good.receive()).endsWith("/a of 127.0.0.1");
    }
    Awaitility.await().until(() -> connections.open() == 0);
  }

  @Test
  void unboundPortIsFreeAndOpenConnectionsGoOn() throws Exception {
    open(LONG);
    try (var client = new Client().send("/a")) {
      assertThat(client.receive()).endsWith("/a of 127.0.0.1");
      port.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
      int number = port.address().getPort();
      new ServerSocket(number, 1, InetAddress.getByName("127.0.0.1")).close();
      assertThat(client.send("/b").receive()).endsWith("/b of 127.0.0.1");
    }
  }

  @Test
  void takenPortAndUnknownHostAreSaid() throws Exception {
    open(LONG);
    int taken = port.address().getPort();
    assertThatThrownBy(() -> open("127.0.0.1", taken, LONG).toCompletableFuture().get())
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(BindException.class);
    assertThatThrownBy(() -> open("no.such.host.invalid", 0, LONG).toCompletableFuture().get())
        .hasCauseInstanceOf(UnknownHostException.class);
  }
}
