package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.SdkKit.numbered;
import static io.leasehold.app.e2e.SdkKit.texts;
import static io.leasehold.app.e2e.SdkKit.until;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.app.e2e.RecordingPeer.Behaviour;
import io.leasehold.app.e2e.RecordingPeer.Connection;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The telemetry SDKs in the acknowledged mode, with a peer that answers as the case needs it: K3,
 * K13, K15 of their conformance kit, and refusals.
 */
@Timeout(60)
@Tag("fault")
class SdkAcknowledgedIT {
  @AutoClose private final ReservedPort port = new ReservedPort();

  SdkAcknowledgedIT() throws IOException {}

  /** Settles each line as it comes, on every connection. */
  private static final Behaviour SETTLES =
      (connection, number, line) -> {
        if (!line.get("type").textValue().equals("goodbye")) {
          long resume = connection.first().at("/data/resume").longValue();
          connection.say(
              number == 0
                  ? "{\"ack\":" + resume + ",\"credit\":8192}"
                  : "{\"ack\":" + (resume + number) + "}");
        }
      };

  private static JsonNode hello(Connection connection) {
    JsonNode hello = connection.first();
    assertThat(hello.get("type").textValue()).isEqualTo("hello");
    assertThat(hello.get("v").intValue()).isEqualTo(1);
    assertThat(hello.get("src").textValue()).isEqualTo("svc");
    assertThat(hello.has("sid")).isFalse();
    return hello.get("data");
  }

  // K3, with acknowledgements
  @ParameterizedTest
  @EnumSource
  void whatIsNotSettledComesAgainUnderItsNumber(SdkLanguage language) throws Exception {
    Behaviour settlesThree =
        (connection, number, line) -> {
          if (number == 0) {
            connection.say("{\"ack\":0,\"credit\":8192,\"unknown\":{\"a\":[1]}}");
          } else if (number == 10) {
            connection.say("{\"ack\":3}");
          }
        };
    var first = new RecordingPeer(port, settlesThree);
    try (var sdk = new SdkDriver(language, first.port(), "ack", "durable", "reconnect_min", 0.02)) {
      sdk.repeat(10, "log_event", "info", "m #");
      until(() -> sdk.stat("buffer_size") == 7);
      JsonNode before = hello(first.connections.get(0));
      assertThat(before.get("ack").textValue()).isEqualTo("durable");
      assertThat(before.get("stream").textValue()).matches("[A-Za-z0-9._-]{1,64}");
      assertThat(before.path("resume").longValue()).isZero();
      assertThat(before.has("token")).isFalse();
      first.close();
      sdk.takes("log_event", "info", "m 10");
      try (var second = new RecordingPeer(port, SETTLES)) {
        until(() -> sdk.stat("buffer_size") == 0);

        JsonNode after = hello(second.connections.get(0));
        assertThat(after.get("stream")).isEqualTo(before.get("stream"));
        assertThat(after.get("resume").longValue()).isEqualTo(3);
        assertThat(texts(second.messages())).isEqualTo(numbered(3, 11));
        assertThat(sdk.stat("messages_sent")).as("each counts once").isEqualTo(11);
        assertThat(sdk.stat("messages_dropped")).isZero();
      }
    } finally {
      first.close();
    }
  }

  // A server that has settled more than the client knows still counts every line of the connection.
  @ParameterizedTest
  @EnumSource
  void numbersStayInStepWithAServerThatIsAhead(SdkLanguage language) throws Exception {
    var first = new RecordingPeer(port, (connection, number, line) -> {});
    try (var sdk =
        new SdkDriver(language, first.port(), "ack", "received", "reconnect_min", 0.02)) {
      sdk.repeat(6, "log_event", "info", "m #");
      until(() -> first.count() == 7);
      first.close();
      Behaviour knowsFour =
          (connection, number, line) -> {
            if (number == 0) {
              connection.say("{\"ack\":4,\"credit\":8192}");
            } else if (number == 7) {
              connection.say("{\"ack\":7}");
            }
          };
      try (var second = new RecordingPeer(port, knowsFour)) {
        until(() -> sdk.stat("buffer_size") == 2);
        sdk.takes("log_event", "info", "m 6");
        until(() -> sdk.stat("buffer_size") == 0);

        assertThat(hello(second.connections.get(0)).path("resume").longValue()).isZero();
        assertThat(texts(second.messages())).isEqualTo(numbered(0, 7));
      }
    } finally {
      first.close();
    }
  }

  // The ring is full of what is not settled: what goes leaves its number behind.
  @ParameterizedTest
  @EnumSource
  void aFullRingKeepsTheNumbersInStep(SdkLanguage language) throws Exception {
    var first = new RecordingPeer(port, (connection, number, line) -> {});
    try (var sdk = new SdkDriver(language, first.port(), "ack", "durable", "reconnect_min", 0.02)) {
      for (int i = 0; i < 1000; i += 100) {
        int upTo = i + 101;
        for (int j = i; j < i + 100; j++) {
          sdk.takes("log_event", "info", "m " + j);
        }
        until(() -> sdk.stat("buffer_size") == upTo - 1 && first.count() == upTo);
      }
      first.close();
      sdk.takes("log_event", "info", "m 1000");
      sdk.takes("log_event", "info", "m 1001");
      assertThat(sdk.stat("messages_dropped")).isEqualTo(2);
      try (var second = new RecordingPeer(port, SETTLES)) {
        until(() -> sdk.stat("buffer_size") == 0);

        assertThat(hello(second.connections.get(0)).get("resume").longValue()).isEqualTo(2);
        assertThat(texts(second.messages())).isEqualTo(numbered(2, 1002));
      }
    } finally {
      first.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsRefusedForGoodGoesAndWhatMayBeRepeatedComesAgain(SdkLanguage language)
      throws Exception {
    Behaviour refuses =
        (connection, number, line) -> {
          switch (number) {
            case 0 -> connection.say("{\"ack\":0,\"credit\":8192}");
            case 3 -> {
              connection.say("{\"nack\":1,\"code\":\"bad_json\"}");
              connection.say("{\"nack\":2,\"code\":\"spool_full\",\"retry\":true}");
              connection.say("{\"ack\":3}");
            }
            case 4 -> connection.say("{\"ack\":4}");
            default -> {}
          }
        };
    try (var peer = new RecordingPeer(port, refuses);
        var sdk = new SdkDriver(language, peer.port(), "ack", "durable", "reconnect_min", 0.02)) {
      sdk.repeat(3, "log_event", "info", "m #");
      until(() -> sdk.stat("buffer_size") == 0);

      assertThat(texts(peer.messages())).containsExactly("m 0", "m 1", "m 2", "m 1");
      JsonNode stats = sdk.stats();
      assertThat(stats.get("messages_dropped").intValue()).isEqualTo(1);
      assertThat(stats.get("last_error").textValue()).contains("bad_json");
      assertThat(peer.connections).hasSize(1);
    }
  }

  // K13
  @ParameterizedTest
  @EnumSource
  void withoutCreditNothingIsSent(SdkLanguage language) throws Exception {
    Behaviour noCredit =
        (connection, number, line) -> {
          if (number == 0) {
            connection.say("{\"ack\":0,\"credit\":0}");
          }
        };
    try (var peer = new RecordingPeer(port, noCredit);
        var sdk = new SdkDriver(language, peer.port(), "ack", "received")) {
      sdk.stats();
      until(() -> peer.connections.size() == 1 && peer.connections.get(0).count.get() == 1);
      Connection connection = peer.connections.get(0);
      sdk.repeat(10, "log_event", "info", "m #");
      stays(sdk, connection, 1);
      connection.say("{\"credit\":4}");
      until(() -> sdk.stat("buffer_size") == 10 && connection.lines.size() == 5);
      stays(sdk, connection, 5);
      connection.say("{\"ack\":3}");
      until(() -> sdk.stat("buffer_size") == 7 && connection.lines.size() == 8);
      stays(sdk, connection, 8);
      connection.say("{\"ack\":7,\"credit\":8192}");
      until(() -> sdk.stat("buffer_size") == 3 && connection.lines.size() == 11);
      assertThat(texts(peer.messages())).isEqualTo(numbered(0, 10));
      connection.say("{\"ack\":10}");
      until(() -> sdk.stat("buffer_size") == 0);
    }
  }

  private static void stays(SdkDriver sdk, Connection connection, int lines) {
    await()
        .atMost(5, SECONDS)
        .during(100, MILLISECONDS)
        .until(() -> sdk.stat("buffer_size") > 0 && connection.lines.size() == lines);
  }

  // K15
  @ParameterizedTest
  @EnumSource
  void aTokenThatIsRefusedIsNotTriedInAStorm(SdkLanguage language) throws Exception {
    for (String ack : List.of("none", "durable")) {
      long start = System.nanoTime();
      Behaviour refuses =
          (connection, number, line) -> {
            if (number == 0) {
              connection.say("{\"error\":\"unauthorized\",\"why\":\"unknown token\"}");
              connection.finish();
            }
          };
      try (var peer = new RecordingPeer(port, refuses);
          var sdk =
              new SdkDriver(
                  language, peer.port(), "ack", ack, "token", "s3cret", "reconnect_min", 0.05)) {
        until(
            () -> {
              sdk.takes("log_event", "info", "m");
              return peer.connections.size() >= 5;
            });

        assertThat(hello(peer.connections.get(0)).get("token").textValue()).isEqualTo("s3cret");
        assertThat(hello(peer.connections.get(0)).get("ack").textValue()).isEqualTo(ack);
        for (int i = 1; i < 5; i++) { // 50 ms, doubling, of which a fifth may be missing
          assertThat(peer.connections.get(i).acceptedNanos - start)
              .as("until try " + i)
              .isGreaterThan(40_000_000L * ((1 << i) - 1));
        }
        until(() -> sdk.stats().get("last_error").textValue().contains("unauthorized"));
        until(() -> sdk.breaker().equals("open"));
      }
    }
  }

  // close: everything before goodbye is settled first
  @ParameterizedTest
  @EnumSource
  void closeWaitsForWhatIsNotSettled(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, SETTLES);
        var sdk = new SdkDriver(language, peer.port(), "ack", "durable")) {
      sdk.repeat(100, "log_event", "info", "m #");
      sdk.call("close");
      assertThat(sdk.stat("messages_dropped")).isZero();
      assertThat(sdk.stat("buffer_size")).isZero();
      until(() -> peer.connections.get(0).ended);
      assertThat(peer.count()).isEqualTo(102);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withATokenAloneTheMessagesGoAtOnce(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port(), "token", "s3cret")) {
      sdk.repeat(3, "log_event", "info", "m #");
      until(() -> sdk.stat("buffer_size") == 0 && peer.count() == 4);
      assertThat(hello(peer.connections.get(0)).has("stream")).isFalse();
      assertThat(texts(peer.messages())).isEqualTo(numbered(0, 3));
    }
  }
}
