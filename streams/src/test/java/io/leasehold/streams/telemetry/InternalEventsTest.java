package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.OwnEvents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the process says of itself, on its way through its own sidecar. */
class InternalEventsTest {
  private static final String SKIPPED = "sidecar_internal_events_skipped_total";

  @TempDir private Path dir;

  private static byte[] line(String msg) {
    return ("{\"v\":1,\"src\":\"leasehold\",\"ts\":"
            + StillClock.WALL
            + ",\"type\":\"event\",\"data\":{\"level\":\"warn\",\"msg\":\""
            + msg
            + "\"}}")
        .getBytes(UTF_8);
  }

  private static void tell(OwnEvents events, String msg) {
    if (events.wants(true)) {
      events.offer(line(msg));
    }
  }

  private static void awaitDelivered(SidecarRig rig, long lines) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(rig.sidecar.ledger().delivered()).isEqualTo(lines));
  }

  private void reload(SidecarRig rig, String more) throws Exception {
    rig.write("", more);
    rig.sidecar.reload(true).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void theyAreMessagesLikeOthersAndNeedNoToken() throws Exception {
    try (var rig =
        new SidecarRig(
            dir,
            "max_connections: 1",
            "auth: {required: true, tokens: [{name: a, sha256: " + "0".repeat(64) + "}]}\n")) {
      OwnEvents events = rig.sidecar.events();

      tell(events, "low");

      awaitDelivered(rig, 1);
      assertThat(rig.value("sidecar_messages_received_total", "source", "leasehold")).isEqualTo(1);
      assertThat(rig.registry.getSampleValue("sidecar_active_connections"))
          .as("no place of a client")
          .isZero();
      assertThat(rig.sidecar.clients(10).total()).isZero();
      try (Stream<Path> files = Files.list(dir.resolve("files"))) {
        assertThat(files.filter(each -> each.toString().endsWith(".jsonl")))
            .singleElement()
            .satisfies(
                each -> {
                  assertThat(each.getFileName().toString()).startsWith("leasehold-");
                  assertThat(each).content().isEqualTo(new String(line("low"), UTF_8) + "\n");
                });
      }
    }
  }

  @Test
  void theFileSaysWhichAlsoWhenItIsReadAgain() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      OwnEvents events = rig.sidecar.events();
      assertThat(events.wants(true)).isTrue();
      assertThat(events.wants(false)).isFalse();

      reload(rig, "internal_events: all\n");
      assertThat(events.wants(false)).isTrue();

      reload(rig, "internal_events: off\n");
      assertThat(events.wants(true)).isFalse();
      assertThat(rig.registry.getSampleValue(SKIPPED)).as("not wanted is not lost").isZero();
    }
  }

  @Test
  void anEventThatNoRuleWantsIsNoLoss() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      OwnEvents events = rig.sidecar.events();
      String file = Files.readString(dir.resolve("sidecar.yaml"));
      Files.writeString(
          dir.resolve("sidecar.yaml"),
          file.replace("routing: {default:", "routing: {leasehold: [], default:"));
      rig.sidecar.reload(true).toCompletableFuture().get(10, TimeUnit.SECONDS);

      tell(events, "first");
      reload(rig, "");
      tell(events, "second");

      awaitDelivered(rig, 1);
      assertThat(rig.sidecar.ledger().received()).isEqualTo(1);
      assertThat(rig.sidecar.ledger().dropped()).isZero();
      assertThat(rig.registry.getSampleValue(SKIPPED)).isZero();
    }
  }

  @Test
  void moreThanAHundredInASecondAreSkippedAndCounted() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      OwnEvents events = rig.sidecar.events();
      int told = 10_000;

      for (int i = 0; i < told; i++) {
        tell(events, "m" + i);
      }

      double skipped = rig.registry.getSampleValue(SKIPPED);
      assertThat(skipped).isPositive();
      awaitDelivered(rig, told - (long) skipped);
    }
  }

  @Test
  void theirQueueIsBoundedAndWhoTellsNeverWaits() throws Exception {
    try (var rig = new SidecarRig(dir, "", "")) {
      OwnEvents events = rig.sidecar.events();
      byte[] big = line("x".repeat(60_000));
      int told = 2_000;

      for (int i = 0; i < told; i++) {
        events.offer(big); // 120 MB at once: more than the queue and memory.total have room for
      }

      double skipped = rig.registry.getSampleValue(SKIPPED);
      assertThat(skipped).isPositive();
      awaitDelivered(rig, told - (long) skipped);
    }
  }

  @Test
  void whatIsToldAfterTheEndIsSkipped() throws Exception {
    OwnEvents events;
    try (var rig = new SidecarRig(dir, "", "")) {
      events = rig.sidecar.events();
      tell(events, "last");
      rig.sidecar.unbind();
      assertThat(events.wants(true)).isFalse();
      events.offer(line("late"));
      awaitDelivered(rig, 1);
      assertThat(rig.registry.getSampleValue(SKIPPED)).isEqualTo(1);
    }
  }
}
