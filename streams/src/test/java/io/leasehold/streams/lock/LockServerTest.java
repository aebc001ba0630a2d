package io.leasehold.streams.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.access.ApiKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock port with real sockets: its limits, and how it lets go of its connections. */
class LockServerTest {
  private static final int MAX = 3;
  private static final String EXISTS = "{\"action\":\"exists\",\"key\":\"nothing\"}\n";
  private static final String NOT_HELD = "{\"success\":false,\"reason\":\"not_held\"}";

  @TempDir static Path dir;
  private static ConnectionBench bench;
  private final List<Client> clients = new ArrayList<>();
  private LockServer server;
  private InetSocketAddress address;

  @BeforeAll
  static void start() throws Exception {
    bench = new ConnectionBench(dir);
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @BeforeEach
  void bind() throws Exception {
    server = serverOn(0);
    address = server.bind().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void unbind() throws Exception {
    for (Client each : clients) {
      each.socket.close();
    }
    server.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static LockServer serverOn(int port) {
    return new LockServer(
        bench.kit.system(),
        bench.locks(),
        new LockServer.Setup(
            InetAddress.getLoopbackAddress().getHostAddress(),
            port,
            MAX,
            0,
            false,
            Duration.ofSeconds(5),
            Duration.ZERO,
            "1.0.0",
            false),
        ApiKeys.NONE,
        new LockTraffic(true),
        new NodeMonitor.Rejections(() -> 0, () -> 0),
        key -> {},
        null);
  }

  private static final class Client {
    private final Socket socket;
    private final BufferedReader reader;

    Client(InetSocketAddress address) throws IOException {
      socket = new Socket(address.getAddress(), address.getPort());
      socket.setSoTimeout(10_000);
      reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    String line() throws IOException {
      return reader.readLine();
    }

    String ask(String text) throws IOException {
      send(text);
      return line();
    }
  }

  private Client connect() throws IOException {
    var client = new Client(address);
    clients.add(client);
    return client;
  }

  @Test
  void whoComesAboveTheLimitIsToldAndThePlaceOfWhoLeavesIsFree() throws Exception {
    for (int i = 0; i < MAX; i++) {
      assertThat(connect().ask(EXISTS)).isEqualTo(NOT_HELD);
    }

    Client tooMany = connect();

    assertThat(tooMany.line())
        .isEqualTo(
            "{\"success\":false,\"error\":\"max_connections_reached: maximum connections reached:"
                + " 3/3\",\"code\":\"max_connections_reached\"}");
    assertThat(tooMany.line()).isNull();
    assertThat(clients.get(0).ask(EXISTS)).isEqualTo(NOT_HELD);
    assertThat(server.openConnections()).isEqualTo(MAX);
    clients.get(0).socket.close();
    Awaitility.await().until(() -> server.openConnections() == MAX - 1);
    assertThat(connect().ask(EXISTS)).isEqualTo(NOT_HELD);
  }

  @Test
  void drainingAnswersWhoWaitsAndClosesEverybody() throws Exception {
    Client idle = connect();
    Client holder = connect();
    Client waiter = connect();
    String acquire = "{\"action\":\"acquire\",\"key\":\"drained\",\"ttl\":60";
    assertThat(idle.ask(EXISTS)).isEqualTo(NOT_HELD);
    assertThat(holder.ask(acquire + "}\n")).contains("\"success\":true");
    waiter.send(acquire + ",\"wait_ms\":60000}\n");
    Awaitility.await()
        .until(
            () ->
                holder
                    .ask("{\"action\":\"inspect\",\"key\":\"drained\"}\n")
                    .contains("\"waiters_total\":1"));

    server.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
    var drained = server.drain().toCompletableFuture();

    assertThat(waiter.line()).contains("\"code\":\"draining\"");
    for (Client each : clients) {
      assertThat(each.line()).isNull();
    }
    drained.get(10, TimeUnit.SECONDS);
    assertThat(server.openConnections()).isZero();
    assertThatThrownBy(this::connect).isInstanceOf(SocketException.class);
    assertThat(server.monitor().portTrouble()).isEqualTo("draining");
  }

  @Test
  void aPortThatIsTakenIsRefused() {
    var second = serverOn(address.getPort()).bind().toCompletableFuture();

    assertThatThrownBy(() -> second.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(BindException.class)
        .hasMessageContaining("in use");
  }
}
