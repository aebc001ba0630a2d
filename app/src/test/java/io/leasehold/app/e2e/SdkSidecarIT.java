package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.SdkKit.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The telemetry SDKs with the real sidecar: cases K1 and K3 of their conformance kit, and the
 * example.
 */
@Timeout(120)
@Tag("fault")
class SdkSidecarIT {
  @TempDir private static Path dir;
  private static Path files;
  private static ReservedPort port;
  private static SidecarProcess sidecar;

  @BeforeAll
  static void start() throws IOException {
    port = new ReservedPort();
    files = dir.resolve("files");
    restart();
  }

  @AfterAll
  static void stop() throws IOException {
    if (sidecar != null) {
      sidecar.close();
    }
    port.close();
  }

  private static void restart() throws IOException {
    sidecar =
        SidecarProcess.start(
            dir,
            "tcp: {port: "
                + port.number()
                + "}\nadmin: {port: auto}\nbuffers: {flush_interval: 20ms}\n"
                + "backends: {files: {type: filesystem, config: {base_path: '"
                + files
                + "'}}}\nrouting: {default: [{backend: files}]}\n");
  }

  /** What a file backend wrote of a source, in its order. */
  private static List<JsonNode> lines(Path files, String source) throws IOException {
    return !Files.exists(files)
        ? List.of()
        : SidecarProcess.lines(files).stream()
            .map(SdkKit::parse)
            .filter(line -> line.get("src").textValue().equals(source))
            .toList();
  }

  private static List<String> texts(SdkLanguage language) throws IOException {
    return SdkKit.texts(lines(files, language.name()));
  }

  // K1
  @ParameterizedTest
  @EnumSource
  void everyCallEndsAsALineInAFile(SdkLanguage language) throws Exception {
    JsonNode before = sidecar.status().get("ledger");
    int lines = lines(files, "svc").size();
    try (var sdk = new SdkDriver(language, port.number(), "trace_id", "t-1", "parent_id", "p-1")) {
      SdkCalls calls = SdkCalls.make(sdk);
      sdk.call("close");

      JsonNode after = sidecar.settled(before.get("received").longValue() + SdkCalls.LINES);
      assertThat(after.get("delivered").longValue())
          .isEqualTo(before.get("delivered").longValue() + SdkCalls.LINES);
      List<JsonNode> written = lines(files, "svc");
      assertThat(written).hasSize(lines + SdkCalls.LINES);
      calls.check(written.subList(lines, written.size()).iterator());
    }
  }

  // K3
  @Test
  void aSidecarThatIsKilledCostsOneMessageAtMost() throws Exception {
    Map<SdkLanguage, SdkDriver> sdks = new EnumMap<>(SdkLanguage.class);
    try {
      for (SdkLanguage language : SdkLanguage.values()) {
        sdks.put(
            language,
            new SdkDriver(
                language, port.number(), "source", language.name(), "reconnect_min", 0.05));
      }
      for (SdkDriver sdk : sdks.values()) {
        sdk.repeat(5, "log_event", "info", "up #");
      }
      for (var each : sdks.entrySet()) {
        until(
            () ->
                each.getValue().stat("buffer_size") == 0 && texts(each.getKey()).contains("up 4"));
      }

      sidecar.close();
      assertThat(sidecar.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      for (SdkDriver sdk : sdks.values()) {
        JsonNode calls = sdk.repeat(5, "log_event", "info", "down #");
        assertThat(calls.get("true").intValue()).isEqualTo(5);
      }
      restart();
      for (var each : sdks.entrySet()) {
        until(
            () ->
                each.getValue().stat("buffer_size") == 0
                    && texts(each.getKey()).contains("down 4"));
      }

      for (var each : sdks.entrySet()) {
        List<String> texts = texts(each.getKey());
        assertThat(texts).startsWith("up 0", "up 1", "up 2", "up 3", "up 4");
        assertThat(texts).endsWith("down 1", "down 2", "down 3", "down 4");
        assertThat(texts).doesNotHaveDuplicates().hasSizeBetween(9, 10);
        assertThat(each.getValue().stat("messages_dropped")).isZero();
        each.getValue().end();
      }
    } finally {
      for (SdkDriver sdk : sdks.values()) {
        sdk.close();
      }
    }
  }

  // The example, as one would try it; it counts its lines itself, and so does this.
  @Test
  void theExampleShowsATraceOfTwoServices() throws Exception {
    Tool.need("perl", "perl");
    Path log = dir.resolve("demo.log");
    Path logs = dir.resolve("demo");
    try (var tcp = new ReservedPort();
        var admin = new ReservedPort()) {
      var builder =
          new ProcessBuilder(
                  Path.of("..", "sdk", "examples", "run_demo.sh").toAbsolutePath().toString())
              .redirectErrorStream(true)
              .redirectOutput(new File(log.toString()));
      builder
          .environment()
          .putAll(
              Map.of(
                  "SIDECAR_PORT", String.valueOf(tcp.number()),
                  "SIDECAR_API_PORT", String.valueOf(admin.number()),
                  "DEMO_LOGS", logs.toString(),
                  "LEASEHOLD_JAVA",
                      Path.of(System.getProperty("java.home"), "bin", "java").toString()));
      Process demo = builder.start();
      try {
        assertThat(demo.waitFor(100, TimeUnit.SECONDS)).isTrue();
      } finally {
        demo.descendants().forEach(ProcessHandle::destroyForcibly);
        demo.destroyForcibly();
      }
      String said = Files.readString(log);
      assertThat(demo.exitValue()).as(said).isZero();

      assertThat(said.lines().map(line -> line.replaceAll(" +", " ").trim()))
          .contains(
              "config-service 7 lines 4 event, 3 metric",
              "file-receiver 19 lines 10 event, 9 metric",
              "queue-service 24 lines 7 event, 5 metric, 6 progress, 6 span",
              "db-loader 90 lines 39 event, 9 metric, 18 progress, 18 resource, 6 span",
              "trace job-1001");
      assertThat(said.replaceAll("\\d+ ms", "N ms"))
          .endsWith(
              "\ntrace job-1001\n"
                  + "  process_job (queue-service) N ms, success\n"
                  + "    load_data (db-loader) N ms, success\n"
                  + "  complete (root_end), messages: 7 of queue-service, 30 of db-loader\n");
      assertThat(lines(logs.resolve("traces"), "queue-service"))
          .extracting(line -> line.get("tid").textValue())
          .containsExactly("job-1001", "job-1002", "job-1003");
    }
    for (var expected :
        Map.of("config-service", 7, "file-receiver", 19, "queue-service", 24, "db-loader", 90)
            .entrySet()) {
      assertThat(lines(logs, expected.getKey())).hasSize(expected.getValue());
    }
    assertThat(
            lines(logs, "db-loader").stream()
                .filter(line -> line.get("type").textValue().equals("span"))
                .map(line -> line.get("tid").textValue())
                .distinct())
        .containsExactly("job-1001", "job-1002", "job-1003");
  }
}
