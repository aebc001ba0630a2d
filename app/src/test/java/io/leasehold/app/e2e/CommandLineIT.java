package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, as a shell sees them, against a real server. */
class CommandLineIT {
  @TempDir static Path dir;

  private static ServerProcess server;

  private record Outcome(int code, String output) {}

  @BeforeAll
  static void start() throws IOException {
    server = ServerProcess.start(dir.resolve("data"), "durability=memory");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Process launch(String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", "target/leasehold.jar"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static Outcome run(String... arguments) throws Exception {
    return outcome(launch(arguments));
  }

  private static Outcome outcome(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), output);
  }

  private static String port() throws IOException {
    return Integer.toString(server.port("lock"));
  }

  @Test
  void aLockIsTakenSeenAndGivenBack() throws Exception {
    Outcome taken =
        run("lock", "acquire", "--port", port(), "--key", "k", "--ttl", "1m30s", "--owner", "me");
    assertThat(taken.code()).isZero();
    assertThat(taken.output()).matches("yes  token \\d+  ttl_ms 90000\\R");
    Outcome refused = run("lock", "acquire", "--port", port(), "--key", "k", "--ttl", "30s");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.output()).startsWith("no  reason held  ttl_ms ");
    assertThat(run("lock", "list", "--port", port(), "--prefix", "k").output())
        .startsWith("k  owner me, token ");
    assertThat(run("lock", "release", "--port", port(), "--key", "k", "--json").output())
        .isEqualTo("{\"success\":true}\n");
    assertThat(run("lock", "exists", "--port", port(), "--key", "k").code()).isEqualTo(1);
    assertThat(run("lock", "acquire", "--key", "k", "--ttl", "5").code()).isEqualTo(2);
  }

  @Test
  void aCommandRunsWhileItsLockIsHeldAndItsExitCodeComesBack() throws Exception {
    Process run =
        launch(
            "lock",
            "run",
            "--port",
            port(),
            "--key",
            "r",
            "--ttl",
            "1s",
            "--",
            "sh",
            "-c",
            "echo token $LEASEHOLD_TOKEN of $LEASEHOLD_KEY; sleep 3; exit 7");
    try (var client = server.client()) {
      Awaitility.await()
          .until(() -> client.ask("{\"action\":\"exists\",\"key\":\"r\"}").contains("true"));
      // renewed beyond its first second
      Awaitility.await()
          .during(1_500, TimeUnit.MILLISECONDS)
          .until(() -> client.ask("{\"action\":\"exists\",\"key\":\"r\"}").contains("true"));
      Outcome outcome = outcome(run);
      assertThat(outcome.code()).isEqualTo(7);
      assertThat(outcome.output()).matches("token \\d+ of r\\R");
      assertThat(client.ask("{\"action\":\"exists\",\"key\":\"r\"}")).contains("not_held");
    }
  }

  @Test
  void aCommandIsEndedWhenItsLockIsLost() throws Exception {
    Process run =
        launch(
            "lock",
            "run",
            "--port",
            port(),
            "--key",
            "lost",
            "--ttl",
            "2s",
            "--grace",
            "1s",
            "--",
            "sh",
            "-c",
            "sleep 60");
    try (var client = server.client()) {
      Awaitility.await()
          .until(() -> client.ask("{\"action\":\"exists\",\"key\":\"lost\"}").contains("true"));
      client.ask("{\"action\":\"release\",\"key\":\"lost\"}");
    }
    Outcome outcome = outcome(run);
    assertThat(outcome.code()).isEqualTo(75);
    assertThat(outcome.output()).contains("the lock on lost is lost: ending the command");
  }

  @Test
  void helpTeachesAndWrongWordsAreRefused() throws Exception {
    assertThat(run("lock", "--help").output()).contains("leasehold lock run --key nightly --");
    assertThat(run("serve").code()).isEqualTo(2);
    assertThat(run("check", "--set", "lock.port=x").code()).isEqualTo(2);
    assertThat(run("version").output()).startsWith("leasehold 1.0.0 (Java ");
  }
}
