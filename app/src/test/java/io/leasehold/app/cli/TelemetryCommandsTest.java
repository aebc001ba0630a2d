package io.leasehold.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.DeadLetter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a file of the sidecar, and what they print. */
class TelemetryCommandsTest {
  private static final String RULES =
      """
      backends:
        files: {type: filesystem, config: {base_path: /nowhere}}
        alerts: {type: console}
      routing:
        billing:
          - {backend: files}
          - {backend: alerts, filter: {types: [event], min_level: error, redact: [data.ctx.password]}}
      """;

  @TempDir private Path dir;
  private final Shell shell = new Shell();
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = dir.resolve("sidecar.yaml");
    Files.writeString(file, RULES);
  }

  private static String event(String source, String level) {
    return "{\"v\":1,\"src\":\""
        + source
        + "\",\"ts\":"
        + System.currentTimeMillis()
        + ",\"type\":\"event\",\"data\":{\"level\":\""
        + level
        + "\",\"msg\":\"m\"}}";
  }

  @Test
  void fixturesThatAreMetAreOk() throws IOException {
    Files.writeString(
        file,
        """
        tests:
          - name: people see errors without passwords
            input: {src: billing, type: event, data: {level: error, msg: x, ctx: {password: p}}}
            expect:
              targets: [alerts, files]
              message: {alerts: {data.ctx.password: "***"}, files: {data.ctx.password: p}}
          - {name: strangers, input: {src: other, type: metric, data: {name: n, value: 1}}, expect: {dropped: no_route}}
        """
            + RULES);

    var outcome = shell.run("telemetry", "test", file.toString());

    assertThat(outcome.out())
        .isEqualTo(
            "ok      people see errors without passwords\nok      strangers\n2 ok, 0 failed\n");
    assertThat(outcome.code()).isEqualTo(0);
  }

  @Test
  void aFixtureThatFailsIsShownAsADifferenceAndExplained() throws IOException {
    Files.writeString(
        file,
        RULES
            + """
              tests:
                - name: warnings too
                  input: {src: billing, type: event, data: {level: warn, msg: x}, ts: 1}
                  expect: {targets: [alerts]}
                - name: never
                  input: {src: billing, type: metric, data: {name: n, value: 1}}
                  expect: {dropped: filtered}
              """);

    var outcome = shell.run("telemetry", "test", file.toString());

    assertThat(outcome.out().lines())
        .startsWith(
            "failed  warnings too",
            "  - targets: alerts",
            "  + dropped: ts_past",
            "    invalid, dropped: ts_past",
            "failed  never",
            "  - dropped: filtered",
            "  + targets: files",
            "    valid: metric of billing",
            "    rule routing.billing[0] -> files: matches",
            "    rule routing.billing[1] -> alerts: no, type metric is not among event")
        .endsWith("0 ok, 2 failed");
    assertThat(outcome.code()).isEqualTo(1);
  }

  @Test
  void explainSaysWhatEachRuleMakesOfALine() {
    String line = event("billing", "warn");

    var outcome = shell.run("telemetry", "explain", "-c", file.toString(), line);

    assertThat(outcome.out().lines())
        .containsExactly(
            "valid: event of billing",
            "rule routing.billing[0] -> files: matches",
            "rule routing.billing[1] -> alerts: no, level warn is below error",
            "target files: importance 2, " + line);
    assertThat(outcome.code()).isEqualTo(0);
  }

  @Test
  void explainOfWhatIsDroppedExitsWithOne() {
    var stranger =
        shell
            .piping((event("other", "warn") + "\n").getBytes(UTF_8))
            .run("telemetry", "explain", "-c", file.toString(), "-");
    assertThat(stranger.out()).isEqualTo("valid: event of other\ndropped: no_route\n");
    assertThat(stranger.code()).isEqualTo(1);

    var broken = shell.run("telemetry", "explain", "-c", file.toString(), "{");
    assertThat(broken.out()).isEqualTo("invalid, dropped: bad_json\n");
    assertThat(broken.code()).isEqualTo(1);

    byte[] tooLong = new byte[70_000];
    Arrays.fill(tooLong, (byte) 'x');
    var endless = shell.piping(tooLong).run("telemetry", "explain", "-c", file.toString(), "-");
    assertThat(endless.out()).isEqualTo("invalid, dropped: too_long\n");
  }

  @Test
  void checkOpensEachBackendIfAsked() throws IOException {
    Path blocked = Files.writeString(dir.resolve("blocked"), "no directory");
    Path good = dir.resolve("good");
    Files.writeString(
        file,
        "backends:\n"
            + ("  good: {type: filesystem, config: {base_path: " + good + "}}\n")
            + ("  bad: {type: filesystem, config: {base_path: " + blocked + "/files}}\n")
            + ("  off: {type: filesystem, enabled: false, config: {base_path: "
                + blocked
                + "}}\n"));

    assertThat(shell.run("telemetry", "check", file.toString()).code()).isEqualTo(0);
    assertThat(good).doesNotExist();
    var outcome = shell.run("telemetry", "check", file.toString(), "--connect");

    assertThat(outcome.out()).contains("backend good: opens\n").doesNotContain("bad: opens");
    assertThat(outcome.err())
        .isEqualTo("backend bad: does not open: " + blocked + "/files: Not a directory\n");
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(good).isDirectory();
  }

  @Test
  void deadLettersAreReadFromTheirFilesWithoutASidecar() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("dlq").resolve("routing.a%2Fmain"));
    var first = new DeadLetter(1_000, "routing.a/main", "data_error", "no", 1, 1, 2, 3, "{}");
    var second = new DeadLetter(2_000, "routing.a/main", "too_big", "", 1, 1, 2, 4, "{}");
    Files.write(folder.resolve("2026-07-20-1.jsonl"), first.line());
    Files.write(folder.resolve("2026-07-20-2.jsonl"), second.line());

    var list = shell.run("telemetry", "dlq", "list", "--data-dir", dir.toString());
    assertThat(list.out().lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "backend reason count bytes oldest",
            "routing.a/main data_error 1 " + first.line().length + " 1970-01-01T00:00:01Z",
            "routing.a/main too_big 1 " + second.line().length + " 1970-01-01T00:00:02Z");
    String data = "--data-dir=" + dir;
    assertThat(shell.run("telemetry", "dlq", "show", "routing.a/main", data).out())
        .isEqualTo(new String(first.line(), UTF_8) + new String(second.line(), UTF_8));
    assertThat(shell.run("telemetry", "dlq", "show", "routing.a/main", "--limit=1", data).out())
        .isEqualTo(new String(first.line(), UTF_8));
    assertThat(
            shell.run("telemetry", "dlq", "show", "routing.a/main", "--reason=too_big", data).out())
        .isEqualTo(new String(second.line(), UTF_8));
    assertThat(shell.run("telemetry", "dlq", "show", "nobody", data).out()).isEmpty();
  }

  @Test
  void mistakesAndAnAbsentSidecarHaveTheirOwnExitCodes() throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var absent = shell.run("telemetry", "explain", "--admin", "127.0.0.1:" + port, "{}");
    assertThat(absent.err()).startsWith("no sidecar answers at http://127.0.0.1:" + port);
    assertThat(absent.code()).isEqualTo(3);
    var replay = shell.run("telemetry", "dlq", "replay", "pg", "--admin", "127.0.0.1:" + port);
    assertThat(replay.err()).startsWith("no sidecar answers at http://127.0.0.1:" + port);
    assertThat(replay.code()).isEqualTo(3);

    Files.writeString(file, "auth: {required: true}\n" + RULES);
    String mistake =
        file + ":1:18 auth.required: true: there are no tokens, so nobody could send\n";
    for (String command : new String[] {"test", "check"}) {
      var refused = shell.run("telemetry", command, file.toString());
      assertThat(refused.err()).isEqualTo(mistake);
      assertThat(refused.code()).isEqualTo(1);
    }
  }

  @Test
  void aLevelOfTheLogThatDoesNotExistIsRefused() {
    var outcome = shell.run("telemetry", "run", "--log-level", "loud", file.toString());

    assertThat(outcome.err())
        .isEqualTo("--log-level = loud: must be error, warn, info, debug or trace\n");
    assertThat(outcome.code()).isEqualTo(2);
  }
}
