package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.SdkKit.numbered;
import static io.leasehold.app.e2e.SdkKit.texts;
import static io.leasehold.app.e2e.SdkKit.until;
import static io.leasehold.app.e2e.SdkLanguage.JAVA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the telemetry SDKs do when the other side is away or misbehaves: cases K2 to K5, K8, K10,
 * K11 and K14 of their conformance kit.
 */
@Timeout(60)
@Tag("fault")
class SdkTroubleIT {
  @AutoClose private final ReservedPort port = new ReservedPort();

  SdkTroubleIT() throws IOException {}

  // K2
  @ParameterizedTest
  @EnumSource
  void withoutASidecarTheLastThousandWait(SdkLanguage language) throws Exception {
    try (var sdk = new SdkDriver(language, port.number(), "reconnect_min", 0.02)) {
      JsonNode calls = sdk.repeat(1250, "log_event", "info", "m #");

      assertThat(calls.get("true").intValue()).isEqualTo(1250);
      JsonNode stats = sdk.stats();
      assertThat(stats.get("messages_dropped").intValue()).isEqualTo(250);
      assertThat(stats.get("overflow_count").intValue()).isEqualTo(250);
      assertThat(stats.get("buffer_size").intValue()).isEqualTo(1000);
      assertThat(stats.get("state").textValue()).isEqualTo("overflow");
      long before = System.currentTimeMillis();
      await().until(() -> System.currentTimeMillis() > before);
      try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT)) {
        until(() -> sdk.stat("buffer_size") == 0 && peer.count() == 1000);

        assertThat(texts(peer.messages())).isEqualTo(numbered(250, 1250));
        assertThat(peer.messages())
            .allSatisfy(line -> assertThat(time(line)).isLessThanOrEqualTo(before));
        assertThat(peer.messages().stream().map(SdkTroubleIT::time).toList()).isSorted();
      }
    }
  }

  private static long time(JsonNode line) {
    return line.get("ts").longValue();
  }

  // K3, without acknowledgements
  @ParameterizedTest
  @EnumSource
  void aPeerThatGoesAndComesBackCostsOneMessageAtMost(SdkLanguage language) throws Exception {
    var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
    try (var sdk = new SdkDriver(language, peer.port(), "reconnect_min", 0.02)) {
      for (int round = 0; round < 3; round++) {
        RecordingPeer first = peer;
        int before = first.count();
        sdk.repeat(5, "log_event", "info", "up " + round + " #");
        until(() -> first.count() == before + 5);
        peer.close();
        assertThat(
                sdk.repeat(5, "log_event", "info", "down " + round + " #").get("true").intValue())
            .isEqualTo(5);
        RecordingPeer second = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        peer = second;
        String last = "down " + round + " 4";
        until(() -> sdk.stat("buffer_size") == 0 && texts(second.messages()).contains(last));

        assertThat(texts(second.messages())).endsWith(last).hasSizeBetween(4, 5);
      }
      assertThat(sdk.stat("reconnect_count")).isGreaterThanOrEqualTo(3);
      assertThat(sdk.stat("messages_dropped")).isZero();
      if (language != JAVA) {
        assertThat(sdk.call("sigpipes").intValue()).as("calls of the program's handler").isZero();
      }
      sdk.end();
    } finally {
      peer.close();
    }
  }

  // K4: a call that waits for the peer never returns
  @ParameterizedTest
  @EnumSource
  void aPeerThatNeverReadsHoldsNobodyUp(SdkLanguage language) throws Exception {
    neverReads(language, 3_000, 8_000);
  }

  // K4 in full; a call that the machine holds up has not waited
  @ParameterizedTest
  @EnumSource
  @Tag("fault")
  void noCallWaitsForAPeerThatNeverReads(SdkLanguage language) throws Exception {
    JsonNode calls = neverReads(language, 20_000, 500);

    assertThat(calls.get("waited_50_ms").intValue()).isZero();
  }

  private JsonNode neverReads(SdkLanguage language, int times, int bytes) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.DEAF);
        var sdk = new SdkDriver(language, peer.port(), "timeout", 0.1)) {
      JsonNode calls = sdk.repeat(times, "log_event", "info", "m # " + "x".repeat(bytes));

      assertThat(calls.get("true").intValue()).isEqualTo(times);
      JsonNode stats = sdk.stats();
      // the buffers of the connection may still grow and take some
      assertThat(stats.get("buffer_size").intValue()).isBetween(1, 1000);
      assertThat(stats.get("breaker").textValue()).isEqualTo("closed");
      assertThat(stats.get("messages_dropped").intValue()).isBetween(1, times - 1000);
      sdk.call("close");
      until(() -> sdk.stat("buffer_size") == 0);
      sdk.end();
      return calls;
    }
  }

  // K5: 20 ms, doubling, of which a fifth may be missing; the clock starts before the first try
  @ParameterizedTest
  @EnumSource
  void theDelayDoublesUntilItWorksAgain(SdkLanguage language) throws Exception {
    long start = System.nanoTime();
    try (var sdk = new SdkDriver(language, port.number(), "reconnect_min", 0.02)) {
      sdk.takes("log_event", "info", "m");
      until(() -> sdk.breaker().equals("open"));
      assertThat(sdk.stats().get("last_error").textValue()).isNotEmpty();

      for (int tries = 1; tries <= 5; tries++) {
        int atLeast = tries;
        until(() -> sdk.stat("reconnect_count") >= atLeast);
        assertThat(System.nanoTime() - start)
            .as("until try " + tries)
            .isGreaterThan(16_000_000L * ((1 << tries) - 1));
      }
      try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT)) {
        until(() -> sdk.breaker().equals("closed"));
        assertThat(sdk.stats().get("state").textValue()).isEqualTo("connected");
        until(() -> peer.count() == 1);
        long connected = System.nanoTime();
        await("a peer that works does not close at once")
            .until(() -> System.nanoTime() - connected > 25_000_000);
      }
      sdk.takes("log_event", "info", "m");
      until(() -> sdk.breaker().equals("open"));
      long tries = sdk.stat("reconnect_count");
      // The first delay again: five tries in 0.6 s; it were 40 s, had it gone on growing.
      until(() -> sdk.stat("reconnect_count") >= tries + 5);
    }
  }

  // K5
  @ParameterizedTest
  @EnumSource
  void theProbeIsHalfOpenUntilItIsAnswered(SdkLanguage language) throws Exception {
    List<AutoCloseable> sockets = new ArrayList<>();
    try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (int i = 0; i < 8; i++) { // after the first few nobody else is let in
        SocketChannel other = SocketChannel.open();
        sockets.add(other);
        other.configureBlocking(false);
        other.connect(full.getLocalSocketAddress());
      }
      try (var sdk =
          new SdkDriver(language, full.getLocalPort(), "reconnect_min", 0.02, "timeout", 0.5)) {
        sdk.takes("log_event", "info", "m");
        until(() -> sdk.breaker().equals("open"));
        until(() -> sdk.breaker().equals("half_open"));
        assertThat(sdk.takes("log_event", "info", "m")).isTrue();
        assertThat(sdk.stats().get("state").textValue()).isEqualTo("disconnected");

        full.setSoTimeout(20);
        until(
            () -> {
              try {
                sockets.add(full.accept());
              } catch (SocketTimeoutException e) {
                assertThat(sdk.breaker()).isIn("closed", "open", "half_open");
              }
              return sdk.breaker().equals("closed");
            });
        assertThat(sdk.stats().get("state").textValue()).isEqualTo("connected");
      }
    } finally {
      for (AutoCloseable socket : sockets) {
        socket.close();
      }
    }
  }

  // K8
  @ParameterizedTest
  @EnumSource
  void closeSaysGoodbyeOnceAndTakesNothingMore(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      sdk.repeat(500, "log_event", "info", "m #");
      sdk.call("close");
      sdk.call("close");
      assertThat(sdk.takes("log_event", "info", "late")).isFalse();
      assertThat(sdk.takes("log_metric", "late", 1)).isFalse();
      assertThat(sdk.stat("messages_dropped")).isEqualTo(2);
      assertThat(sdk.stats().get("state").textValue()).isEqualTo("disconnected");
      sdk.end();

      until(() -> peer.connections.get(0).ended);
      assertThat(peer.connections).hasSize(1);
      assertThat(texts(peer.messages())).isEqualTo(numbered(0, 500));
      assertThat(peer.messages())
          .last()
          .satisfies(line -> assertThat(type(line)).isEqualTo("goodbye"));
      assertThat(peer.count()).isEqualTo(501);
    }
  }

  private static String type(JsonNode line) {
    return line.get("type").textValue();
  }

  // K8
  @ParameterizedTest
  @EnumSource
  void theEndOfTheProcessCloses(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      sdk.repeat(500, "log_event", "info", "m #");
      sdk.end();

      until(() -> peer.connections.get(0).ended);
      assertThat(texts(peer.messages())).isEqualTo(numbered(0, 500));
      assertThat(peer.messages())
          .last()
          .satisfies(line -> assertThat(type(line)).isEqualTo("goodbye"));
    }
  }

  // K8: within the time that a peer who never reads may take
  @ParameterizedTest
  @EnumSource
  void withoutASidecarTheProcessEndsAllTheSame(SdkLanguage language) throws Exception {
    try (var sdk = new SdkDriver(language, port.number(), "timeout", 3600)) {
      sdk.repeat(500, "log_event", "info", "m #");
      sdk.end();
    }
  }

  // K10
  @ParameterizedTest
  @EnumSource(names = {"PERL", "PYTHON"})
  void aChildHasAConnectionOfItsOwn(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      sdk.takes("log_event", "info", "parent 1");
      List<JsonNode> results = new ArrayList<>();
      sdk.ask(
              Map.of(
                  "op",
                  "fork",
                  "calls",
                  List.of(
                      Map.of("op", "log_event", "args", List.of("info", "child")),
                      Map.of("op", "get_stats"))))
          .forEach(results::add);
      assertThat(results.get(0).booleanValue()).isTrue();
      assertThat(results.get(1).get("messages_sent").intValue()).isEqualTo(1);
      sdk.ask(Map.of("op", "fork", "calls", List.of()));
      sdk.takes("log_event", "info", "parent 2");
      sdk.end();

      until(() -> peer.connections.size() == 2 && peer.connections.get(0).ended);
      until(() -> peer.connections.get(1).ended);
      assertThat(peer.connections.get(0).messages().stream().map(SdkTroubleIT::type))
          .containsExactly("event", "event", "goodbye");
      assertThat(texts(peer.connections.get(0).messages())).containsExactly("parent 1", "parent 2");
      assertThat(peer.connections.get(1).messages().stream().map(SdkTroubleIT::type))
          .containsExactly("event", "goodbye");
      assertThat(texts(peer.connections.get(1).messages())).containsExactly("child");
    }
  }

  // K10
  @ParameterizedTest
  @EnumSource(names = {"PERL", "PYTHON"})
  void aChildDoesNotSendWhatWaitsInItsParent(SdkLanguage language) throws Exception {
    try (var sdk = new SdkDriver(language, port.number(), "reconnect_min", 0.02)) {
      sdk.repeat(3, "log_event", "info", "m #");
      try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT)) {
        JsonNode stats =
            sdk.ask(
                    Map.of(
                        "op",
                        "fork",
                        "calls",
                        List.of(
                            Map.of("op", "get_stats"),
                            Map.of("op", "log_event", "args", List.of("info", "child")))))
                .get(0);
        assertThat(stats.get("buffer_size").intValue()).isZero();
        assertThat(stats.get("messages_dropped").intValue()).isZero();
        until(() -> sdk.stat("buffer_size") == 0 && peer.count() == 5);

        assertThat(texts(peer.messages())).containsExactlyInAnyOrder("m 0", "m 1", "m 2", "child");
        assertThat(peer.connections).hasSize(2);
      }
    }
  }

  // K11
  @ParameterizedTest
  @EnumSource(names = {"PYTHON", "JAVA"})
  void eightThreadsShareAConnection(SdkLanguage language) throws Exception {
    eightThreads(language, 1_000);
  }

  // K11 in full
  @ParameterizedTest
  @EnumSource(names = {"PYTHON", "JAVA"})
  @Tag("fault")
  void eightThreadsShareAConnectionForLong(SdkLanguage language) throws Exception {
    eightThreads(language, 10_000);
  }

  private void eightThreads(SdkLanguage language, int each) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      assertThat(sdk.ask(Map.of("op", "threads", "n", 8, "each", each)).intValue())
          .isEqualTo(8 * each);
      until(() -> sdk.stat("buffer_size") == 0 && peer.count() == 8 * each);

      assertThat(sdk.stat("messages_dropped")).isZero();
      assertThat(peer.connections).hasSize(1);
      int[] next = new int[8];
      for (JsonNode line : peer.messages()) {
        JsonNode ctx = line.at("/data/ctx");
        int thread = ctx.get("thread").intValue();
        assertThat(ctx.get("i").intValue()).as("of thread " + thread).isEqualTo(next[thread]++);
        assertThat(ctx.get("pad").textValue()).hasSize(ctx.get("i").intValue() % 300);
      }
      assertThat(next).containsOnly(each);
    }
  }

  // K14
  @ParameterizedTest
  @EnumSource
  void theFiguresAddUp(SdkLanguage language) throws Exception {
    var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
    try (var sdk = new SdkDriver(language, peer.port(), "reconnect_min", 0.02)) {
      RecordingPeer first = peer;
      sdk.repeat(10, "log_event", "info", "m #");
      until(() -> sdk.stat("buffer_size") == 0 && first.count() == 10);
      JsonNode stats = sdk.stats();
      var names = new TreeSet<String>();
      stats.fieldNames().forEachRemaining(names::add);
      assertThat(names)
          .containsExactly(
              "breaker",
              "buffer_size",
              "last_error",
              "messages_buffered",
              "messages_dropped",
              "messages_sent",
              "overflow_count",
              "reconnect_count",
              "source",
              "state");
      assertThat(stats.get("source").textValue()).isEqualTo("svc");
      assertThat(stats.get("state").textValue()).isEqualTo("connected");
      assertThat(stats.get("breaker").textValue()).isEqualTo("closed");
      assertThat(stats.get("last_error").textValue()).isEmpty();
      assertThat(stats.get("messages_sent").intValue()).isEqualTo(10);
      for (String zero :
          List.of("messages_dropped", "buffer_size", "overflow_count", "reconnect_count")) {
        assertThat(stats.get(zero).intValue()).as(zero).isZero();
      }

      int buffered = stats.get("messages_buffered").intValue();
      peer.close();
      until(() -> !sdk.stats().get("state").textValue().equals("connected"));
      sdk.repeat(7, "log_event", "info", "m #");
      assertThat(sdk.takes("log_metric", "m", Map.of("float", "nan"))).isFalse();
      stats = sdk.stats();
      assertThat(stats.get("state").textValue()).isEqualTo("disconnected");
      assertThat(stats.get("messages_buffered").intValue()).isEqualTo(buffered + 7);
      assertThat(stats.get("buffer_size").intValue()).isEqualTo(7);
      assertThat(stats.get("messages_sent").intValue()).isEqualTo(10);
      assertThat(stats.get("messages_dropped").intValue()).isEqualTo(1);
      assertThat(stats.get("overflow_count").intValue()).isZero();
      assertThat(stats.get("last_error").textValue()).isNotEmpty();
      peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
      until(() -> sdk.stat("buffer_size") == 0);
      assertThat(sdk.stat("messages_sent")).isEqualTo(17);
      assertThat(sdk.stat("reconnect_count")).isPositive();
    } finally {
      peer.close();
    }
  }
}
