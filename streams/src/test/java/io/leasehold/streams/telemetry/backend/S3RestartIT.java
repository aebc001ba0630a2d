package io.leasehold.streams.telemetry.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.streams.telemetry.FaultRig;
import io.leasehold.streams.telemetry.backend.FaultProxy.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Spooled lines on their way to S3 when the process ends: each is in one object. */
@Timeout(120)
class S3RestartIT {
  @TempDir private static Path data;
  private static S3Server server;

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start(data);
    S3Server.login(S3Server.ID, S3Server.SECRET);
  }

  @AfterAll
  static void stop() {
    S3Server.logout();
    server.close();
  }

  private static String yaml(int port, String prefix, String linger) {
    // each batch is tried again and again, whatever becomes of the others
    return "tcp: {port: auto}\nhot_reload: {enabled: false}\n"
        + "spool: {use: always, min_free: 0}\nbackends:\n  far: {type: s3, config: {bucket:"
        + " telemetry, path_style: true, prefix: "
        + prefix
        + "/, endpoint: 'http://127.0.0.1:"
        + port
        + "'}, batch: {linger: "
        + linger
        + ", timeout: 5s}, retry: {base: 5ms, cap: 20ms}, circuit_breaker: {failure_threshold: 1000000, timeout:"
        + " 50ms}}\n"
        + "routing: {default: [{backend: far}]}\n";
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path each : files.filter(file -> !file.endsWith("LOCK")).toList()) {
        Files.copy(each, to.resolve(each.getFileName()));
      }
    }
  }

  private static void assertEachOnce(String prefix, int lines) {
    assertThat(FaultRig.numbers(server.lines(prefix)))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, lines).boxed().toList());
  }

  @Test
  void objectsWhoseAnswersWereLostComeAgainUnderTheSameKeysAfterARestart(@TempDir Path dir)
      throws Exception {
    Map<String, String> stored;
    try (var proxy = new FaultProxy(server.port(), "")) {
      var rig = new FaultRig(dir, yaml(proxy.port(), "lost", "20ms"));
      rig.send("a", 0, 10);
      rig.awaitSettled(10);
      proxy.set(Fault.CUT_ANSWER);
      for (int i = 1; i < 4; i++) { // one batch each
        rig.send(i == 2 ? "b" : "a", 10 * i, 10 * i + 10);
        int objects = i + 1;
        Awaitility.await()
            .atMost(20, TimeUnit.SECONDS)
            .until(() -> server.tags("lost/").size() == objects);
      }
      stored = server.tags("lost/");
      Ledger ledger = rig.end(Duration.ZERO);
      assertThat(ledger.delivered()).isEqualTo(10);
    }

    // with other lines behind them, which would all go into one batch
    try (var rig = new FaultRig(dir, yaml(server.port(), "lost", "1s"))) {
      rig.send("a", 40, 50);
      Ledger ledger = rig.awaitSettled(10);
      assertThat(ledger.recovered()).isEqualTo(30);
      assertThat(ledger.delivered()).isEqualTo(40);
    }

    assertThat(server.tags("lost/")).hasSize(5).containsAllEntriesOf(stored);
    assertEachOnce("lost/", 50);
  }

  @Test
  void whatWasConfirmedJustBeforeAKillComesAgainUnderTheSameKeys(@TempDir Path dir)
      throws Exception {
    Path left = dir.resolve("left");
    try (var rig = new FaultRig(dir, yaml(server.port(), "killed", "20ms"))) {
      for (int i = 0; i < 5; i++) {
        rig.send("a", 20 * i, 20 * i + 20);
        rig.awaitSettled(20L * i + 20);
      }
      copy(dir.resolve("spool"), left.resolve("spool")); // as a kill would leave it
    }
    Map<String, String> stored = server.tags("killed/");
    assertThat(stored).hasSize(5);

    // its position is older than what was confirmed
    try (var rig = new FaultRig(left, yaml(server.port(), "killed", "1s"))) {
      rig.send("a", 100, 110);
      rig.awaitSettled(10);
    }

    assertThat(server.tags("killed/")).hasSize(6).containsAllEntriesOf(stored);
    assertEachOnce("killed/", 110);
  }

  @Test
  void aBacklogOfManyBatchesArrivesOnceAlthoughTheProcessEnds(@TempDir Path dir) throws Exception {
    endAgainAndAgain(1, dir);
  }

  @Test
  @Tag("fault")
  void aBacklogOfManyBatchesArrivesOnceAlthoughTheProcessEndsAgainAndAgain(@TempDir Path dir)
      throws Exception {
    endAgainAndAgain(8, dir);
  }

  private static void endAgainAndAgain(int runs, Path dir) throws Exception {
    int lines = 0;
    String name = "again" + runs;
    try (var proxy = new FaultProxy(server.port(), "")) {
      for (int run = 0; run < runs; run++) {
        proxy.set(Fault.NONE);
        var rig = new FaultRig(dir, yaml(proxy.port(), name, (5 + 40 * (run % 2)) + "ms"));
        for (int i = 0; i < 20; i++) {
          rig.send(List.of("a", "b", "c").get(i % 3), lines, lines + 25);
          lines += 25;
          if (i == 10) {
            proxy.set(Fault.CUT_ANSWER);
          }
        }
        int sent = 500;
        Awaitility.await().until(() -> rig.ledger().received() == sent);
        rig.end(Duration.ZERO);
      }
      proxy.set(Fault.NONE);
      try (var rig = new FaultRig(dir, yaml(proxy.port(), name, "10ms"))) {
        rig.awaitSettled(0);
      }
    }
    assertEachOnce(name + '/', lines);
  }
}
