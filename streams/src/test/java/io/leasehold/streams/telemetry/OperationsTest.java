package io.leasehold.streams.telemetry;

import static io.leasehold.streams.telemetry.AckClient.event;
import static io.leasehold.streams.telemetry.AckClient.events;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.TapFilter;
import io.leasehold.domain.telemetry.TopFigures;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of a sidecar at work: messages as they come, rates, the configuration. */
class OperationsTest {
  private static final TapFilter ALL = new TapFilter("", Set.of(), null, "");

  @TempDir private Path dir;

  @Test
  void messagesAreSeenAsTheyAreAcceptedAlsoBehindAReload() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      var feed = rig.sidecar.tap(new TapFilter("bill*", Set.of(), null, ""), 100).orElseThrow();
      rig.send(event("one") + "no json\n" + event("x").replace("billing", "shop"));
      rig.awaitReceived(3);
      assertThat(feed.take().messages()).singleElement().asString().contains("\"one\"");

      rig.write("", "tap: {redact: [msg]}\n");
      rig.sidecar.reload(false).toCompletableFuture().get(10, TimeUnit.SECONDS);
      rig.send(event("two"));
      rig.awaitReceived(4);

      assertThat(feed.take().messages()).singleElement().asString().contains("\"msg\":\"***\"");
      assertThat(rig.registry.getSampleValue("sidecar_tap_clients")).isEqualTo(1);
      feed.close();
      assertThat(rig.registry.getSampleValue("sidecar_tap_clients")).isZero();
      assertThat(rig.registry.getSampleValue("sidecar_tap_skipped_total")).isZero();
    }
  }

  @Test
  void whoWatchesAndDoesNotReadHoldsNothingUp() throws Exception {
    try (var rig = new SidecarRig(dir, "", "tap: {max_clients: 1}\n")) {
      var feed = rig.sidecar.tap(ALL, Long.MAX_VALUE).orElseThrow();
      assertThat(rig.sidecar.mayTap()).isFalse();
      assertThat(rig.sidecar.tap(ALL, 1)).isEmpty();

      rig.send(events(0, 20_000));
      rig.awaitReceived(20_000);
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> rig.sidecar.ledger().delivered() == 20_000);

      var seen = feed.take();
      assertThat(seen.messages().size() + seen.skipped()).isEqualTo(20_000);
      assertThat(seen.skipped()).isPositive();
      assertThat(rig.registry.getSampleValue("sidecar_tap_skipped_total"))
          .isEqualTo(seen.skipped());
    }
  }

  @Test
  void ratesAreThoseOfTheLastSecond() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      rig.send("no json\n".repeat(10));
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(
              () -> {
                rig.send(events(0, 100));
                TopFigures busy = rig.sidecar.top();
                assertThat(busy.receivedPerSecond()).isBetween(100.0, 100_000.0);
                assertThat(busy.deliveredPerSecond()).isPositive();
                assertThat(busy.sources().get(0).name()).isEqualTo("billing");
                assertThat(busy.sources().get(0).bytesPerSecond())
                    .isGreaterThan(50 * busy.sources().get(0).perSecond());
                var files = busy.targets().get(0);
                assertThat(files.name()).isEqualTo("files");
                assertThat(files.state()).isEqualTo(Breaker.State.CLOSED);
                assertThat(files.perSecond()).isPositive();
                assertThat(files.p99Millis()).isPositive().isLessThan(10_000);
              });

      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> rig.sidecar.top().receivedPerSecond() == 0);

      TopFigures last = rig.sidecar.top();
      assertThat(last.targets().get(0).p99Millis()).isNaN();
      assertThat(last.drops()).containsExactly(new TopFigures.DropRate("bad_json", 0, 10));
    }
  }

  @Test
  void theConfigurationInForceIsShownWithThoseBefore() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      rig.write("", "limits: {max_past: 1h}\nadmin: {token: hunter2}\n");
      rig.sidecar.reload(false).toCompletableFuture().get(10, TimeUnit.SECONDS);

      var report = rig.sidecar.config().toCompletableFuture().get(10, TimeUnit.SECONDS);

      assertThat(report.generation()).isEqualTo(2);
      assertThat(report.effective()).contains("\"max_past\":\"1h\"").doesNotContain("hunter2");
      assertThat(report.history()).hasSize(2);
      assertThat(report.history().get(0).generation()).isEqualTo(2);
      assertThat(report.history().get(0).sha256()).isEqualTo(report.sha256());
      assertThat(report.history().get(1).generation()).isEqualTo(1);
      assertThat(report.history().get(1).sha256()).isNotEqualTo(report.sha256());
    }
  }
}
