package io.leasehold.streams.telemetry;

import static io.leasehold.streams.telemetry.AckClient.event;
import static io.leasehold.streams.telemetry.AckClient.hello;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.telemetry.ReloadOutcome;
import java.io.IOException;
import java.net.BindException;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may send, and by which ways: tokens, TLS, a socket in the file system. */
class AccessTest {
  /** Of "secret". */
  private static final String TOKENS =
      "auth: {required: true, tokens: [{name: billing, sources: ['billing*'], sha256:"
          + " 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b}]}\n";

  private static final String GREETING = hello("\"ack\":\"received\",\"token\":\"secret\"");
  private static final String UNAUTHORIZED =
      "{\"error\":\"unauthorized\",\"why\":\"no token that allows this source\"}";
  private static final String WELCOME = "{\"ack\":0,\"credit\":8192}";

  @TempDir private Path dir;

  private static String eventOf(String src) {
    return event("m").replace("\"billing\"", '"' + src + '"');
  }

  @Test
  void aTokenOpensItsSourcesAndNoOthers() throws Exception {
    try (var rig = new SidecarRig(dir, "", TOKENS);
        var client = new AckClient(rig.port)) {
      client.send(GREETING).expect(WELCOME);

      client.send(event("a") + eventOf("shop") + eventOf("billing-2") + eventOf("shop"));

      assertThat(client.repliesTo(4))
          .filteredOn(each -> each.contains("nack"))
          .containsExactly(
              "{\"nack\":2,\"code\":\"forbidden_src\"}", "{\"nack\":4,\"code\":\"forbidden_src\"}");
      assertThat(rig.sidecar.ledger().received()).isEqualTo(4);
      assertThat(rig.sidecar.status().dropped()).containsEntry("", Map.of("forbidden_src", 2L));
      assertThat(rig.sidecar.status().sources().stream().map(each -> each.name()))
          .containsExactlyInAnyOrder("billing", "billing-2", "_invalid");
    }
  }

  @Test
  void whoHasNoTokenIsTurnedAwayAndNothingIsTaken() throws Exception {
    try (var rig = new SidecarRig(dir, "", TOKENS)) {
      for (String data :
          new String[] {"", "\"token\":\"Secret\"", "\"ack\":\"durable\",\"token\":\"\""}) {
        try (var client = new AckClient(rig.port)) {
          client.send(hello(data) + event("a")).expect(UNAUTHORIZED);
          assertThat(client.reply()).isNull();
        }
      }
      try (var client = new AckClient(rig.port)) {
        client.send(GREETING.replace("\"src\":\"billing\"", "\"src\":\"shop\""));
        client.expect(UNAUTHORIZED);
      }
      for (String first : new String[] {event("a"), "x".repeat(70_000) + "\n", "{}\n"}) {
        try (var client = new AckClient(rig.port)) {
          client.send(first);
          assertThat(client.reply()).as("who did not greet hears nothing").isNull();
        } catch (SocketException e) {
          assertThat(first).as("only what was not read is reset").hasSizeGreaterThan(65_536);
        }
      }
      assertThat(rig.sidecar.ledger().received()).isZero();
      assertThat(rig.value("sidecar_connections_closed_total", "reason", "error")).isEqualTo(7);
    }
  }

  @Test
  void aReloadCountsForNewConnections() throws Exception {
    try (var rig = new SidecarRig(dir, "", "");
        var before = new AckClient(rig.port)) {
      before.send(hello("\"ack\":\"received\"")).expect(WELCOME);
      rig.write("", TOKENS);

      ReloadOutcome outcome =
          rig.sidecar.reload(false).toCompletableFuture().get(10, TimeUnit.SECONDS);

      assertThat(outcome.changes()).containsExactly("auth");
      assertThat(outcome.needsRestart()).isEmpty();
      before.send(event("a")).expect("{\"ack\":1}");
      try (var after = new AckClient(rig.port)) {
        after.send(hello("\"ack\":\"received\"")).expect(UNAUTHORIZED);
      }
      try (var after = new AckClient(rig.port)) {
        after.send(GREETING + event("b")).expect(WELCOME).expect("{\"ack\":1}");
      }
    }
  }

  @Test
  void linesTravelByTlsAndACertificateIsReplacedWhileItRuns() throws Exception {
    var keys = TestKeys.make(dir.resolve("keys"));
    String tls = "tls: {cert: '" + keys.cert("one") + "', key: '" + keys.key("one") + "'}";
    try (var rig = new SidecarRig(dir, tls, "")) {
      try (SSLSocket socket = keys.connect(rig.port, "one", null);
          var client = new AckClient(socket)) {
        assertThat(socket.getSession().getProtocol()).isIn("TLSv1.3", "TLSv1.2");
        client.send(hello("\"ack\":\"durable\"") + event("a") + event("b"));
        client.expect(WELCOME);
        client.awaitAck(2);
        client.send(
            "{\"v\":1,\"src\":\"billing\",\"ts\":" + StillClock.WALL + ",\"type\":\"goodbye\"}\n");
        assertThat(client.reply()).isNull();
      }
      try (Socket plain = rig.connect()) {
        plain.getOutputStream().write(event("c").getBytes(UTF_8));
        plain.getInputStream().readAllBytes(); // an alert, and the end
      } catch (SocketException e) {
        assertThat(e).as("a reset is an end too").isNotNull();
      }
      assertThat(rig.sidecar.ledger().received()).isEqualTo(2);
      assertThatThrownBy(() -> keys.connect(rig.port, "two", null))
          .isInstanceOf(SSLException.class);

      Files.copy(keys.cert("two"), keys.cert("one"), StandardCopyOption.REPLACE_EXISTING);
      assertThat(rig.sidecar.reload(false).toCompletableFuture().get(10, TimeUnit.SECONDS))
          .satisfies(
              outcome -> {
                assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.REJECTED);
                assertThat(outcome.errors().get(0).path()).isEqualTo("tcp.tls.key");
                assertThat(outcome.errors().get(0).why())
                    .contains("is no private key of the certificate's kind, EC");
              });
      Files.copy(keys.key("two"), keys.key("one"), StandardCopyOption.REPLACE_EXISTING);
      assertThat(rig.sidecar.reload(false).toCompletableFuture().get(10, TimeUnit.SECONDS).result())
          .isEqualTo(ReloadOutcome.Result.UNCHANGED);
      keys.connect(rig.port, "two", null).close();
    }
  }

  @Test
  void clientsShowACertificateWhereOneIsAskedFor() throws Exception {
    var keys = TestKeys.make(dir.resolve("keys"));
    String tls =
        "tls: {cert: '%s', key: '%s', client_ca: '%s', require_client_cert: true}"
            .formatted(keys.cert("one"), keys.key("one"), keys.cert("two"));
    try (var rig = new SidecarRig(dir, tls, "")) {
      try (var client = new AckClient(keys.connect(rig.port, "one", "two"))) {
        client.send(hello("\"ack\":\"received\"") + event("a"));
        client.expect(WELCOME).expect("{\"ack\":1}");
      }
      assertThatThrownBy(
              () -> {
                try (var client = new AckClient(keys.connect(rig.port, "one", null))) {
                  client.send(hello("\"ack\":\"received\"")).expect(WELCOME);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  private static SocketChannel open(Path socket) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  @Test
  void aSocketInTheFileSystemSpeaksTheSameProtocol() throws Exception {
    Path socket = dir.resolve("t.sock");
    try (var rig = new SidecarRig(dir, "max_connections: 2, unix_path: '" + socket + "'", "")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
      try (SocketChannel client = open(socket);
          var in = Channels.newReader(client, UTF_8);
          var lines = new java.io.BufferedReader(in)) {
        client.write(
            ByteBuffer.wrap((hello("\"ack\":\"durable\"") + event("a") + "x\n").getBytes(UTF_8)));
        assertThat(lines.readLine()).isEqualTo(WELCOME);
        assertThat(lines.readLine()).isEqualTo("{\"nack\":2,\"code\":\"bad_json\"}");
        assertThat(lines.readLine()).isEqualTo("{\"ack\":2}");
        try (SocketChannel second = open(socket);
            SocketChannel third = open(socket)) {
          second.write(ByteBuffer.wrap(event("b").getBytes(UTF_8)));
          second.shutdownOutput();
          rig.awaitReceived(3);
          assertThat(third.isConnected()).isTrue();
        }
      }
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void aSocketThatIsLeftOverIsTakenAndOneInUseIsNot() throws Exception {
    Path socket = dir.resolve("t.sock");
    String unix = "unix_path: '" + socket + "'";
    try (var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(socket));
      assertThatThrownBy(() -> new SidecarRig(dir, unix, ""))
          .isInstanceOf(BindException.class)
          .hasMessage("another process accepts on it");
    } // what was bound stays in the file system

    assertThat(socket).exists();
    try (var rig = new SidecarRig(dir, unix, "")) {
      open(socket).close();
      assertThat(rig.sidecar.ledger().received()).isZero();
    }
    Files.writeString(socket, "a file of somebody's");
    assertThatThrownBy(() -> new SidecarRig(dir, unix, ""))
        .isInstanceOf(BindException.class)
        .hasMessage("something that is no socket is there");
    assertThat(socket).hasContent("a file of somebody's");
  }
}
