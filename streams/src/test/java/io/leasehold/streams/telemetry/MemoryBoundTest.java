package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.streams.telemetry.backend.Backend;
import io.leasehold.streams.telemetry.backend.Batch;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lines take in memory, whoever sends how much and whatever is delivered. */
class MemoryBoundTest {
  private static final int CONNECTIONS = 40;
  private static final int LINES = 100;
  private static final String LONG = "x".repeat(1_000);

  /** A destination that takes nothing until it is told to. */
  private static final class Gate implements Backend {
    private final CountDownLatch opened = new CountDownLatch(1);
    private final AtomicInteger arrived = new AtomicInteger();

    @Override
    public void open() {}

    @Override
    public Outcome deliver(Batch batch) throws InterruptedException {
      opened.await();
      arrived.addAndGet(batch.size());
      return Outcome.CONFIRMED;
    }

    @Override
    public void abort() {
      opened.countDown();
    }

    @Override
    public void close() {}
  }

  @TempDir private Path dir;
  private final Gate gate = new Gate();
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (Socket each : sockets) {
      each.close();
    }
  }

  private FaultRig rig(String total, String spool) throws Exception {
    return new FaultRig(
        dir,
        "tcp: {port: auto}\nbuffers: {flush_interval: 10ms}\nhot_reload: {enabled: false}\n"
            + "memory: {total: "
            + total
            + "}\nspool: {use: "
            + spool
            + ", min_free: 0}\nbackends: {held: {type: console, buffer: 64KiB, block_timeout: 1h,"
            + " batch: {timeout: 1h}}}\nrouting: {default: [{backend: held}]}\n",
        settings -> gate);
  }

  private void send(FaultRig rig, String src, int lines) throws Exception {
    Socket socket = rig.connect();
    sockets.add(socket);
    String line = FaultRig.event(src, 1).replace("n1.", LONG) + '\n';
    socket.getOutputStream().write(line.repeat(lines).getBytes(UTF_8));
  }

  private static long received(FaultRig rig, String src) {
    return rig.metric("sidecar_messages_received_total", "source", src);
  }

  private static long waits(FaultRig rig) {
    return rig.metric("sidecar_memory_waits_total");
  }

  /** Connections one after the other, each when the one before was read or found no room. */
  private int fill(FaultRig rig) throws Exception {
    int read = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
      String src = "s" + i;
      long before = waits(rig);
      send(rig, src, LINES);
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> received(rig, src) > 0 || waits(rig) > before);
      read += received(rig, src) > 0 ? 1 : 0;
    }
    return read;
  }

  private void everythingArrives(FaultRig rig) {
    gate.opened.countDown();
    rig.awaitSettled(CONNECTIONS * LINES + 1);
    assertThat(gate.arrived).hasValue(CONNECTIONS * LINES + 1);
    assertThat(rig.ledger().dropped()).isZero();
    nothingIsLeft(rig);
  }

  private static void nothingIsLeft(FaultRig rig) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(rig.metric("sidecar_memory_bytes")).isZero());
  }

  @Test
  void whatIsOverTheBoundStaysWithItsClientsAndIsNotLost() throws Exception {
    try (var rig = rig("1MiB", "off")) {
      int read = fill(rig);
      assertThat(read).isBetween(5, 30);
      assertThat(rig.metric("sidecar_memory_bytes"))
          .isBetween(960L << 10, (1L << 20) + (256 << 10)); // one read may go beyond it

      send(rig, "late", 1);
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> waits(rig) == CONNECTIONS - read + 1);
      assertThat(received(rig, "late")).isZero();

      everythingArrives(rig);
      assertThat(received(rig, "late")).isEqualTo(1);
    }
  }

  /** Nobody sends again what a client without acknowledgements has sent. */
  @Test
  void whatNobodyHadRoomForIsCountedWhenTheSidecarStops() throws Exception {
    try (var rig = rig("1MiB", "off")) {
      fill(rig);
      long waited = waits(rig);
      Socket greets = rig.connect();
      sockets.add(greets);
      var client = new AckClient(greets);
      client.send(AckClient.hello("\"ack\":\"received\"") + FaultRig.event("again", 1) + '\n');
      Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> waits(rig) > waited);

      rig.sidecar().unbind();
      Duration silence = Duration.ofMillis(500);
      get(rig.sidecar().quiet(silence, Duration.ofSeconds(10)));
      long kept = rig.ledger().received();
      var drained = rig.sidecar().drain();

      long all = CONNECTIONS * LINES;
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(rig.ledger().received()).isEqualTo(all));
      assertThat(kept).isLessThan(all);
      assertThat(dropped(rig)).isEqualTo(all - kept);
      gate.opened.countDown();
      get(drained);
      rig.end(Duration.ofSeconds(10));
      assertThat(gate.arrived).hasValue((int) kept);
      assertThat(rig.ledger().dropped()).isEqualTo(all - kept);
      assertThat(received(rig, "again")).as("its client sends it again").isZero();
      assertThat(client.reply()).startsWith("{\"error\":\"draining\"");
    }
  }

  private static void get(CompletionStage<Done> stage) throws Exception {
    stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static long dropped(FaultRig rig) {
    return rig.metric("sidecar_messages_dropped_total", "reason", "shutdown", "backend", "");
  }

  /** The same with another bound: it is this that the case above would notice. */
  @Test
  void underAHigherBoundTheSameConnectionsAreAllRead() throws Exception {
    try (var rig = rig("64MiB", "off")) {
      assertThat(fill(rig)).isEqualTo(CONNECTIONS);
      send(rig, "late", 1);
      Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> received(rig, "late") == 1);

      assertThat(waits(rig)).isZero();
      assertThat(rig.metric("sidecar_memory_bytes")).isGreaterThan(2L << 20);
      everythingArrives(rig);
    }
  }

  @Test
  void whatIsOnItsWayToTheDiskIsGivenBackToo() throws Exception {
    gate.opened.countDown();
    try (var rig = rig("1MiB", "always")) {
      for (int i = 0; i < 5; i++) {
        send(rig, "s", LINES);
      }

      rig.awaitSettled(5 * LINES);

      assertThat(gate.arrived).hasValue(5 * LINES);
      nothingIsLeft(rig);
    }
  }

  @Test
  void tracesMissMessagesBeforeAConnectionWaits() {
    var memory = new MemoryBudget();
    memory.limits(10 << 20, 9 << 20);

    assertThat(memory.tryTake(256 << 10)).isTrue();
    assertThat(memory.tryTake(256 << 10)).isTrue();
    assertThat(memory.tryTake(1)).as("half of it is not theirs").isFalse();
    assertThat(memory.used()).isEqualTo(512 << 10);
    assertThat(memory.hasRoom()).isTrue();
    memory.take(512 << 10);
    assertThat(memory.hasRoom()).isFalse();
    memory.give(1);
    assertThat(memory.hasRoom()).isTrue();
    memory.take(100); // a read goes beyond the bound
    assertThat(memory.tryTake(1)).isFalse();
    assertThat(memory.hasRoom()).isFalse();

    memory.give((1 << 20) + 99);
    memory.limits(10 << 20, 10 << 20);
    assertThat(memory.tryTake(MemoryBudget.LEAST)).as("some is always left").isTrue();
    assertThat(memory.tryTake(1)).isFalse();
  }
}
