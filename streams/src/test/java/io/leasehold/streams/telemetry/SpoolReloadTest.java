package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.ReloadOutcome.Result;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Changes of the configuration while the spool holds what a backend has not taken yet. */
class SpoolReloadTest {
  private static final String BOTH = "default: [{backend: files}, {backend: alerts}]";
  private static final String FILES = "default: [{backend: files}]";

  /** No disk has as much free space: the backend is away, and not misconfigured. */
  private static final String AWAY = "min_free_mb: 1073741824}";

  private static final String THERE = "min_free_mb: 0}";

  @TempDir private Path dir;

  private String yaml(String alerts, String routing, String more) {
    return "tcp: {port: auto}\nbuffers: {flush_interval: 10ms}\n"
        + "hot_reload: {enabled: false, health_window: 50ms, drain_timeout: 300ms}\n"
        + "spool: {use: always, min_free: 0}\nbackends:\n"
        + "  files: {type: filesystem, config: {base_path: '"
        + dir.resolve("files")
        + "', min_free_mb: 0}}\n  alerts: {type: filesystem, config: {base_path: '"
        + dir.resolve("alerts")
        + "', "
        + alerts
        + ", retry: {base: 5ms, cap: 20ms}, circuit_breaker: {timeout: 50ms}}\nrouting: {"
        + routing
        + "}\n"
        + more;
  }

  private static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static long removed(FaultRig rig) {
    return rig.metric(
        "sidecar_messages_dropped_total", "reason", "backend_removed", "backend", "alerts");
  }

  private static void awaitBacklog(FaultRig rig, long lines) {
    Awaitility.await()
        .until(() -> rig.delivered("files") == lines && rig.ledger().inFlight() == lines);
  }

  private static String change(int i, String now) {
    // what is changed: a limit, the backend that works, and the one that does not
    return switch (i % 3) {
      case 0 -> now + "limits: {max_past: " + (25 + i) + "h}\n";
      case 1 ->
          now.replace("min_free_mb: 0}", "min_free_mb: 0, rotate_size_mb: " + (100 + i) + "}");
      default -> now.replace("1073741824}", "1073741824, rotate_size_mb: " + (100 + i) + "}");
    };
  }

  private void reloadWithABacklog(int reloads) throws Exception {
    int each = 100;
    String base = yaml(AWAY, BOTH, "");
    try (var rig = new FaultRig(dir, base)) {
      try (Socket socket = rig.connect()) { // one for all of it: no reload closes a socket
        for (int i = 0; i < reloads; i++) {
          var text = new StringBuilder();
          for (int n = 0; n < each; n++) {
            text.append(FaultRig.event("a", (long) i * each + n)).append('\n');
          }
          socket.getOutputStream().write(text.toString().getBytes(UTF_8));
          boolean invalid = i % 5 == 4;
          String next =
              invalid ? base.replace("{backend: alerts}", "{backend: nobody}") : change(i, base);
          assertThat(rig.reload(next, false).result())
              .as("reload " + i)
              .isEqualTo(invalid ? Result.REJECTED : Result.APPLIED);
        }
      }
      awaitBacklog(rig, (long) reloads * each);
      // counted anew for each backend that takes the place of another
      Awaitility.await().until(() -> rig.opened("alerts") > 0);

      assertThat(rig.reload(yaml(THERE, BOTH, ""), true).result()).isEqualTo(Result.APPLIED);

      Ledger ledger = rig.awaitSettled((long) reloads * each);
      assertThat(ledger.delivered()).as(ledger.toString()).isEqualTo(2L * reloads * each);
      assertThat(FaultRig.numbers(rig.lines("files"))).isEqualTo(upTo(reloads * each));
      assertThat(FaultRig.numbers(rig.lines("alerts"))).isEqualTo(upTo(reloads * each));
      assertThat(rig.metric("sidecar_config_reloads_total", "result", "rejected"))
          .isEqualTo(reloads / 5);
    }
  }

  @Test
  void reloadsWhileTheSpoolHoldsABacklogLoseAndDoubleNothing() throws Exception {
    reloadWithABacklog(25);
  }

  @Test
  @Tag("fault")
  @Timeout(300)
  void twoHundredReloadsWhileTheSpoolHoldsABacklogLoseAndDoubleNothing() throws Exception {
    reloadWithABacklog(200);
  }

  @Test
  void whatTheSpoolHasForABackendThatIsAwayIsDroppedWhenItIsRemoved() throws Exception {
    try (var rig = new FaultRig(dir, yaml(AWAY, BOTH, ""))) {
      rig.send("a", 0, 1_000);
      awaitBacklog(rig, 1_000);

      assertThat(rig.reload(yaml(AWAY, FILES, ""), true).result()).isEqualTo(Result.APPLIED);

      Awaitility.await().until(() -> removed(rig) == 1_000);
      rig.awaitSettled(1_000);
      Awaitility.await().until(() -> rig.sidecar().status().spool().bytes() == 0);

      // it comes back with nothing left of that
      assertThat(rig.reload(yaml(THERE, BOTH, ""), true).result()).isEqualTo(Result.APPLIED);
      rig.send("a", 1_000, 1_010);
      Ledger ledger = rig.awaitSettled(1_010);
      assertThat(ledger.delivered()).isEqualTo(1_020);
      assertThat(ledger.dropped()).isEqualTo(1_000);
      assertThat(FaultRig.numbers(rig.lines("alerts")))
          .isEqualTo(IntStream.range(1_000, 1_010).boxed().toList());
    }
  }

  @Test
  void aBackendThatWorksDeliversWhatTheSpoolHasForItBeforeItGoes() throws Exception {
    String waits = THERE + ", batch: {trigger: 1000000, linger: 1h}";
    try (var rig = new FaultRig(dir, yaml(waits, BOTH, ""))) {
      rig.send("a", 0, 1_000);
      awaitBacklog(rig, 1_000);

      rig.reload(yaml(waits, FILES, ""), true);

      Ledger ledger = rig.awaitSettled(1_000);
      assertThat(ledger.delivered()).isEqualTo(2_000);
      assertThat(FaultRig.numbers(rig.lines("alerts"))).isEqualTo(upTo(1_000));
    }
  }

  @Test
  void whatTheSpoolHasForABackendThatIsGoneAtTheStartIsDropped() throws Exception {
    var before = new FaultRig(dir, yaml(AWAY, BOTH, ""));
    before.send("a", 0, 500);
    awaitBacklog(before, 500);
    before.end(Duration.ofMillis(100));

    try (var rig = new FaultRig(dir, yaml(AWAY, FILES, ""))) {
      Ledger ledger = rig.awaitSettled(0);
      assertThat(ledger.recovered()).isEqualTo(500);
      assertThat(removed(rig)).isEqualTo(500);
      rig.send("a", 500, 501);
      assertThat(rig.awaitSettled(1).delivered()).isEqualTo(1);
    }
  }
}
