package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChaosProxyTest {
  /** Long enough to see that nothing comes. */
  private static final int SHORT_MILLIS = 200;

  private final AtomicInteger received = new AtomicInteger();
  private final AtomicInteger inputEnds = new AtomicInteger();
  private ServerSocket echo;
  private ChaosProxy proxy;
  private Socket client;

  @BeforeEach
  void connect() throws IOException {
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    ChaosProxy.daemon("echo-door", this::serve);
    proxy = new ChaosProxy("127.0.0.1", () -> Optional.of(addressOfEcho()));
    client = open();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    proxy.close();
    echo.close();
  }

  private InetSocketAddress addressOfEcho() {
    return (InetSocketAddress) echo.getLocalSocketAddress();
  }

  private void serve() {
    while (!echo.isClosed()) {
      try {
        Socket socket = echo.accept();
        ChaosProxy.daemon("echo", () -> echo(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void echo(Socket socket) {
    try (socket) {
      for (int next = socket.getInputStream().read();
          next >= 0;
          next = socket.getInputStream().read()) {
        received.incrementAndGet();
        socket.getOutputStream().write(next);
      }
      inputEnds.incrementAndGet();
      socket.getOutputStream().write('.');
    } catch (IOException e) {
      // reset
    }
  }

  private Socket open() throws IOException {
    var socket = new Socket();
    socket.connect(proxy.address(), 2_000);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String read(Socket socket, int count) throws IOException {
    return new String(socket.getInputStream().readNBytes(count), StandardCharsets.US_ASCII);
  }

  private static void comesNothing(Socket socket) throws IOException {
    int patience = socket.getSoTimeout();
    socket.setSoTimeout(SHORT_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(patience);
  }

  @Test
  void inFairWeatherAllPasses() throws IOException {
    send(client, "hello");

    assertThat(read(client, 5)).isEqualTo("hello");
    assertThat(proxy.connections()).isEqualTo(1);
  }

  @Test
  void ofABlackholeNobodyHearsAndWhatItHeldComesAfterwards() throws IOException {
    send(client, "a");
    assertThat(read(client, 1)).isEqualTo("a");
    proxy.weather(ChaosProxy.Weather.BLACKHOLE);

    send(client, "b");
    comesNothing(client);
    assertThat(received).hasValue(1);

    proxy.heal();
    assertThat(read(client, 1)).isEqualTo("b");
  }

  @Test
  void withoutRepliesTheTargetStillGetsTheRequest() throws IOException {
    proxy.weather(ChaosProxy.Weather.NO_REPLIES);

    send(client, "a");
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> received.get() == 1);
    comesNothing(client);
  }

  @Test
  void theWeatherOfOneCallerIsHisOwn() throws IOException {
    proxy.weather(InetAddress.getByName("127.0.0.1"), ChaosProxy.Weather.BLACKHOLE);
    send(client, "a");
    comesNothing(client);

    proxy.weather(InetAddress.getByName("127.0.0.9"), ChaosProxy.Weather.BLACKHOLE);
    proxy.weather(InetAddress.getByName("127.0.0.1"), ChaosProxy.Weather.FAIR);

    assertThat(read(client, 1)).isEqualTo("a");
  }

  @Test
  void aDelayCountsEachWay() throws IOException {
    proxy.weather(ChaosProxy.Weather.delayed(Duration.ofMillis(100)));
    long began = System.nanoTime();

    send(client, "a");

    assertThat(read(client, 1)).isEqualTo("a");
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(200 * History.MILLI);
  }

  @Test
  void aCutIsAnOrderlyEnd() throws IOException {
    send(client, "a");
    assertThat(read(client, 1)).isEqualTo("a");

    proxy.cut();

    assertThat(client.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void aResetIsNot() throws IOException {
    send(client, "a");
    assertThat(read(client, 1)).isEqualTo("a");

    proxy.reset();

    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void whoeverIsRefusedSeesTheEndAtOnce() throws IOException {
    send(client, "a");
    assertThat(read(client, 1)).isEqualTo("a");
    proxy.weather(ChaosProxy.Weather.REFUSING);

    try (Socket refused = open()) {
      assertThat(refused.getInputStream().read()).isEqualTo(-1);
    }
    send(client, "b"); // the one before is left alone
    assertThat(read(client, 1)).isEqualTo("b");
  }

  @Test
  void aHalfCloseLetsAnswersPass() throws IOException {
    send(client, "a");
    assertThat(read(client, 1)).isEqualTo("a");

    proxy.endRequests();

    assertThat(read(client, 1)).isEqualTo(".");
    assertThat(inputEnds).hasValue(1);
  }

  @Test
  void theHalfCloseOfACallerIsPassedOn() throws IOException {
    send(client, "a");
    client.shutdownOutput();

    assertThat(read(client, 2)).isEqualTo("a.");
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> proxy.connections() == 0);
  }

  @Test
  void withoutATargetTheConnectionEnds() throws IOException {
    try (var nowhere = new ChaosProxy("127.0.0.1", Optional::empty);
        var socket = new Socket()) {
      socket.connect(nowhere.address(), 2_000);
      socket.setSoTimeout(10_000);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }
}
