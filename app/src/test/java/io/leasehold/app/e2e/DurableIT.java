package io.leasehold.app.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was acknowledged as durable is there, whatever becomes of the process. */
class DurableIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path dir;

  /** Nothing is delivered, but by a stop, or when half of the buffer is full. */
  private static final String NEVER = "flush_interval: 1h, flush_batch_size: 1000000";

  private static final String SOON = "flush_interval: 20ms";

  /** Lines from this number on only try out whether they are taken. */
  private static final long PROBES = 1_000;

  private String yaml(String buffers, String port) {
    return "tcp: {port: "
        + port
        + "}\nadmin: {port: auto}\nhot_reload: {enabled: false}\nspool: {min_free: 0}\nbuffers: {"
        + buffers
        // has room for the lines of 100 lives: files may have twice what is delivered before a kill
        + "}\nbackends: {files: {type: filesystem, buffer: 64MiB, config: {base_path: '"
        + dir.resolve("files")
        + "', min_free_mb: 0}}}\nrouting: {default: [{backend: files}]}\n";
  }

  private List<Long> delivered() throws IOException {
    var numbers = new ArrayList<Long>();
    for (String line : SidecarProcess.lines(dir.resolve("files"))) {
      numbers.add(JSON.readTree(line).at("/data/msg").asLong());
    }
    return numbers;
  }

  /** Kills it in the middle of a stream, as often as that. */
  private void kill(DurableClient client, int times, int linesEach) throws IOException {
    for (int i = 0; i < times; i++) {
      try (var sidecar = SidecarProcess.start(dir, yaml(NEVER, "auto"))) {
        client.sendUntilCut(sidecar.connect(), linesEach, sidecar.process::destroyForcibly);
      }
    }
  }

  /** Starts it once more; returns what it delivers. */
  private List<Long> after() throws Exception {
    try (var sidecar = SidecarProcess.start(dir, yaml(SOON, "auto"))) {
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> sidecar.status().at("/ledger/in_flight").longValue() == 0);
      JsonNode ledger = sidecar.status().get("ledger");
      assertThat(ledger.get("imbalance").longValue()).as(ledger.toString()).isZero();
      assertThat(ledger.get("recovered")).isEqualTo(ledger.get("delivered"));
      assertThat(sidecar.terminate()).isZero();
    }
    return delivered();
  }

  private void acknowledgedLinesSurvive(int kills, int linesEach) throws Exception {
    var client = new DurableClient("durable");
    kill(client, kills, linesEach);

    List<Long> there = after();

    // in their order, each once, nothing before an acknowledged one is missing
    assertThat(there.size()).isGreaterThanOrEqualTo((int) client.acked());
    for (int i = 0; i < there.size(); i++) {
      assertThat(there.get(i)).as("line " + (i + 1)).isEqualTo(i + 1);
    }
    assertThat(client.acked()).isGreaterThanOrEqualTo((long) kills * linesEach);
  }

  @Test
  void whatWasAcknowledgedIsThereOnceAfterKills() throws Exception {
    acknowledgedLinesSurvive(3, 3_000);
  }

  @Test
  @Tag("fault")
  @Timeout(1_200)
  void whatWasAcknowledgedIsThereOnceAfterAHundredKills() throws Exception {
    acknowledgedLinesSurvive(100, 200);
  }

  /** The check above would notice an answer that comes before the disk. */
  @Test
  void whatWasAcknowledgedFromMemoryIsMissingAfterAKill() throws Exception {
    var client = new DurableClient("received");
    kill(client, 1, 1_000);

    Set<Long> there;
    try (var sidecar = SidecarProcess.start(dir, yaml(SOON, "auto"))) {
      assertThat(sidecar.terminate()).isZero();
      there = Files.exists(dir.resolve("files")) ? new HashSet<>(delivered()) : new HashSet<>();
    }

    assertThat(client.acked()).isGreaterThanOrEqualTo(1_000);
    assertThat(LongStream.rangeClosed(1, client.acked()).filter(each -> !there.contains(each)))
        .isNotEmpty();
  }

  /** A killed process does not show whether a sync came first: the system calls do. */
  @Test
  void everyAnswerFollowsASyncOfItsOwn() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/strace")) || "true".equals(System.getenv("CI")),
        "strace is not installed");
    int lines = 25;
    try (var sidecar = SidecarProcess.start(dir, yaml(NEVER, "auto"))) {
      assertThat(syncsDuring(sidecar, new DurableClient("durable"), lines))
          .isGreaterThanOrEqualTo(lines);
      assertThat(syncsDuring(sidecar, new DurableClient("received"), lines))
          .as("of lines that need none: the count tells the two apart")
          .isLessThan(lines);
    }
  }

  private long syncsDuring(SidecarProcess sidecar, DurableClient client, int lines)
      throws Exception {
    Path calls = Files.createTempFile(dir, "strace", ".txt");
    Path said = Files.createTempFile(dir, "strace", ".log");
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-e",
                "trace=fdatasync,fsync,msync",
                "-o",
                calls.toString(),
                "-p",
                Long.toString(sidecar.process.pid()))
            .redirectError(said.toFile())
            .start();
    try {
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> Files.readString(said).contains("attached"));
      client.sendOneByOne(sidecar.connect(), lines);
    } finally {
      strace.destroy(); // it lets go of the process first
      assertThat(strace.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    return Files.readAllLines(calls).stream().filter(each -> each.contains("sync(")).count();
  }

  @Test
  void aFullDiskOfTheSpoolHoldsUpNobody() throws Exception {
    Path small = Files.createDirectories(dir.resolve("small"));
    boolean mounted =
        new ProcessBuilder(
                    "mount", "-t", "tmpfs", "-o", "size=64m", "leasehold-test", small.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0;
    Assumptions.assumeTrue(
        mounted || "true".equals(System.getenv("CI")), "no file system may be mounted here");
    String yaml =
        yaml(SOON, "auto")
            .replace("{min_free: 0}", "{min_free: 8MiB, dir: '" + small.resolve("spool") + "'}");
    try (var sidecar = SidecarProcess.start(dir, yaml)) {
      var client = new DurableClient("durable");
      client.sendOneByOne(sidecar.connect(), 3);
      Path ballast = small.resolve("ballast");
      long free = Files.getFileStore(small).getUsableSpace();
      Files.write(ballast, new byte[(int) free - (2 << 20)]);
      awaitFull(sidecar);
      try (var socket = sidecar.connect()) {
        socket
            .getOutputStream()
            .write(
                ("{\"v\":1,\"type\":\"hello\",\"src\":\"s\",\"data\":{\"ack\":\"durable\"}}\n"
                        + DurableClient.line(4))
                    .getBytes(UTF_8));
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        assertThat(in.readLine()).startsWith("{\"ack\":0,");
        assertThat(in.readLine()).isEqualTo("{\"nack\":1,\"code\":\"spool_full\",\"retry\":true}");
        assertThat(in.readLine()).isEqualTo("{\"ack\":1}");
      }
      sidecar.send(DurableClient.line(5));
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> delivered().stream().filter(n -> n < PROBES).toList(),
              numbers -> numbers.equals(List.of(1L, 2L, 3L, 5L)));
      assertThat(healthOf(sidecar)).startsWith("200 ").contains("degraded", "the spool is full");

      Files.delete(ballast);
      Awaitility.await() // it looks ten times a second
          .atMost(20, TimeUnit.SECONDS)
          .ignoreExceptionsMatching(e -> true)
          .untilAsserted(() -> client.sendOneByOne(sidecar.connect(), 1));
      assertThat(sidecar.terminate()).isZero();
    } finally {
      new ProcessBuilder("umount", "-l", small.toString()).start().waitFor();
    }
  }

  /** It looks at the disk ten times a second, and takes what comes between two looks. */
  private static void awaitFull(SidecarProcess sidecar) {
    var number = new AtomicLong(PROBES);
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              long n = number.getAndIncrement();
              String hello =
                  "{\"v\":1,\"type\":\"hello\",\"src\":\"probe-"
                      + n
                      + "\",\"data\":{\"ack\":\"durable\"}}\n";
              try (var socket = sidecar.connect()) {
                socket.getOutputStream().write((hello + DurableClient.line(n)).getBytes(UTF_8));
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
                in.readLine();
                return String.valueOf(in.readLine()).contains("spool_full");
              }
            });
  }

  private static void limitFileSize(SidecarProcess sidecar, String bytes) throws Exception {
    var limit =
        new ProcessBuilder(
            "prlimit", "--pid", Long.toString(sidecar.process.pid()), "--fsize=" + bytes);
    assertThat(limit.start().waitFor()).isZero();
  }

  private static String healthOf(SidecarProcess sidecar) throws Exception {
    var health =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + sidecar.port("telemetry-admin") + "/health"))
            .build();
    var answer = HttpClient.newHttpClient().send(health, HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void nothingIsAcknowledgedOnceTheDiskHasFailed() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/prlimit")) || "true".equals(System.getenv("CI")),
        "prlimit is not installed");
    var client = new DurableClient("durable");
    try (var sidecar = SidecarProcess.start(dir, yaml(NEVER, "auto"))) {
      client.sendOneByOne(sidecar.connect(), 3);
      limitFileSize(sidecar, "16"); // a write that fails, and not for want of space
      String hello = "{\"v\":1,\"type\":\"hello\",\"src\":\"s\",\"data\":{\"ack\":\"durable\"}}\n";
      try (var socket = sidecar.connect()) {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        socket.getOutputStream().write((hello + DurableClient.line(4)).getBytes(UTF_8));
        assertThat(in.readLine()).startsWith("{\"ack\":0,");
        assertThat(in.readLine()).isEqualTo("{\"nack\":1,\"code\":\"spool_error\",\"retry\":true}");
        socket.getOutputStream().write(DurableClient.line(5).getBytes(UTF_8));
        assertThat(in.readLine()).isEqualTo("{\"nack\":2,\"code\":\"spool_error\",\"retry\":true}");
      }
      try (var socket = sidecar.connect()) {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        socket.getOutputStream().write(hello.getBytes(UTF_8));
        assertThat(in.readLine()).startsWith("{\"error\":\"spool_failed\"");
        assertThat(in.readLine()).isNull();
      }
      assertThat(healthOf(sidecar)).startsWith("503 ").contains("the spool has failed");
    }
    assertThat(after()).isEqualTo(List.of(1L, 2L, 3L));
  }

  @Test
  void aSecondSidecarOnTheSameSpoolDoesNotStart() throws Exception {
    String yaml =
        yaml(SOON, "auto").replace("{min_free: 0}", "{dir: '" + dir.resolve("spool") + "'}");
    try (var sidecar = SidecarProcess.start(dir, yaml)) {
      assertThat(sidecar.process.isAlive()).isTrue();
      var command =
          SidecarProcess.command(
              "run",
              dir.resolve("sidecar.yaml").toString(),
              "--data-dir",
              dir.resolve("other").toString());

      assertThat(Tool.run(1, command.toArray(String[]::new)))
          .contains("spool.dir = " + dir.resolve("spool") + ": another process uses it");
    }
  }

  // K12 of the conformance kit
  @ParameterizedTest
  @EnumSource
  @Tag("fault")
  @Timeout(120)
  void whatAnSdkWasToldIsSafeIsThereOnce(SdkLanguage language) throws Exception {
    try (var port = new ReservedPort()) {
      String number = Integer.toString(port.number());
      int sent = 0;
      var sidecar = SidecarProcess.start(dir, yaml(NEVER, number));
      try (var sdk =
          new SdkDriver(language, port.number(), "ack", "durable", "reconnect_min", 0.05)) {
        for (int round = 0; round < 4; round++) {
          for (int i = 0; i < 300; i++) {
            assertThat(sdk.takes("log_event", "info", Integer.toString(++sent))).isTrue();
            if (i == 200) {
              sidecar.process.destroyForcibly();
            }
          }
          assertThat(sidecar.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
          sidecar.close();
          sidecar = SidecarProcess.start(dir, yaml(NEVER, number));
          SdkKit.until(() -> sdk.stat("buffer_size") == 0);
        }
        assertThat(sdk.stat("messages_dropped")).isZero();
        sidecar.process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      } finally {
        sidecar.close();
      }
      assertThat(after()).isEqualTo(LongStream.rangeClosed(1, sent).boxed().toList());
    }
  }
}
