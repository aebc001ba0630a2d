package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.SdkCalls.ended;
import static io.leasehold.app.e2e.SdkCalls.started;
import static io.leasehold.app.e2e.SdkKit.content;
import static io.leasehold.app.e2e.SdkKit.json;
import static io.leasehold.app.e2e.SdkKit.texts;
import static io.leasehold.app.e2e.SdkKit.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the telemetry SDKs write: cases K1, K6, K7 and K9 of their conformance kit. */
@Timeout(60)
class SdkLinesIT {
  @AutoClose private final ReservedPort port = new ReservedPort();

  SdkLinesIT() throws IOException {}

  @ParameterizedTest
  @EnumSource
  void theFilesKeepTheirBoundsAndNeedNothing(SdkLanguage language) throws IOException {
    try (Stream<String> lines = Files.lines(language.file)) {
      assertThat(lines.count()).isLessThanOrEqualTo(250);
    }
    if (language.secondFile != null) {
      try (Stream<String> lines = Files.lines(language.secondFile)) {
        assertThat(lines.count()).isLessThanOrEqualTo(120);
      }
    }
  }

  // K1
  @ParameterizedTest
  @EnumSource
  void everyCallSendsItsLine(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port(), "trace_id", "t-1", "parent_id", "p-1")) {
      SdkCalls calls = SdkCalls.make(sdk);
      sdk.call("close");
      until(() -> peer.count() == SdkCalls.LINES + 1 && peer.connections.get(0).ended);

      Iterator<JsonNode> lines = peer.messages().iterator();
      calls.check(lines);
      assertThat((JsonNode) content(lines.next()))
          .isEqualTo(json("{'type':'goodbye','tid':'t-3','data':{}}"));
    }
  }

  // K1, what Java does not have
  @ParameterizedTest
  @EnumSource(names = {"PERL", "PYTHON"})
  void jobsAreAnalysed(SdkLanguage language) throws Exception {
    Set<String> load =
        Set.of(
            "process_cpu_percent",
            "process_memory_mb",
            "process_threads",
            "process_fds",
            "process_status",
            "children_count",
            "children_cpu_total",
            "children_memory_total_mb",
            "load_avg_1m",
            "load_avg_5m",
            "load_avg_15m");
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      String job = sdk.call("start_job_analysis", "etl").textValue();
      String subjob = sdk.call("track_subjob", "p1", "task").textValue();
      assertThat(List.of(job, subjob))
          .allSatisfy(
              id -> assertThat(id).matches("(etl|p1)-\\d{10}-[A-Za-z0-9]+").hasSizeLessThan(33));
      sdk.call("log_resource", 1, 2, 3, 4);
      assertThat(sdk.takes("end_subjob", subjob, "completed")).isTrue();
      assertThat(sdk.takes("end_subjob", subjob, "completed")).isFalse();
      assertThat(sdk.takes("end_job_analysis")).isTrue();
      sdk.call("enable_job_analysis", 0);
      sdk.call("log_resource", 1, 2, 3, 4);
      String long1 = sdk.call("track_subjob", "a-name-of-more-than-32-characters-").textValue();
      String long2 = sdk.call("track_subjob", "a-name-of-more-than-32-characters-").textValue();
      assertThat(long1).hasSize(32).isNotEqualTo(long2);
      until(() -> peer.count() == 8);

      List<ObjectNode> lines = peer.messages().stream().map(SdkKit::content).toList();
      assertThat(texts(List.copyOf(lines)))
          .containsExactly(
              "Job analysis started: etl",
              "Subjob started: p1",
              "Subjob completed: p1",
              "Job analysis completed: etl");
      assertThat(lines.get(0).at("/data/ctx"))
          .isEqualTo(
              json(
                  "{'job_id':'" + job + "','job_type':'main','process_count':1,'thread_count':1}"));
      assertThat(lines.get(1).at("/data/ctx"))
          .isEqualTo(
              json(
                  "{'parent_job_id':'"
                      + job
                      + "','subjob_id':'"
                      + subjob
                      + "','subjob_type':'task'}"));
      JsonNode figures = lines.get(2).get("data");
      assertThat(figures.get("job_id").textValue()).isEqualTo(job);
      assertThat(figures.get("job_name").textValue()).isEqualTo("etl");
      assertThat(figures.get("job_type").textValue()).isEqualTo("main");
      assertThat(figures.get("job_runtime").doubleValue()).isPositive();
      assertThat(figures.get("active_subjobs").intValue()).isEqualTo(1);
      assertThat(load).allSatisfy(key -> assertThat(figures.has(key)).as(key).isTrue());
      assertThat(lines.get(3).at("/data/ctx/subjob_id").textValue()).isEqualTo(subjob);
      assertThat(lines.get(3).at("/data/ctx/status").textValue()).isEqualTo("completed");
      assertThat(lines.get(3).at("/data/ctx/duration").doubleValue()).isPositive();
      JsonNode completed = lines.get(4).at("/data/ctx");
      assertThat(completed.get("completed_subjobs").intValue()).isEqualTo(1);
      assertThat(completed.get("active_subjobs").intValue()).isZero();
      assertThat(completed.get("total_duration").doubleValue()).isPositive();
      assertThat(load).allSatisfy(key -> assertThat(completed.has(key)).as(key).isTrue());
      metric(lines.get(5), "job_duration_seconds", "seconds", "'status':'completed',");
      metric(lines.get(6), "job_subjobs_count", "count", "");
      assertThat(lines.get(7).get("data").size())
          .as("of a resource, job analysis off")
          .isEqualTo(5);
    }
  }

  private static void metric(JsonNode line, String name, String unit, String status)
      throws IOException {
    assertThat(line.at("/data/name").textValue()).isEqualTo(name);
    assertThat(line.at("/data/unit").textValue()).isEqualTo(unit);
    assertThat(line.at("/data/value").doubleValue()).isPositive();
    assertThat(line.at("/data/tags"))
        .isEqualTo(json("{" + status + "'job_name':'etl','job_type':'main'}"));
  }

  // K6
  @ParameterizedTest
  @EnumSource
  void anOuterSpanMayEndFirst(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      String outer = sdk.call("start_span", "outer").textValue();
      String inner = sdk.call("start_span", "inner").textValue();
      sdk.takes("log_event", "info", "in inner");
      sdk.takes("end_span", outer);
      sdk.takes("log_event", "info", "still in inner");
      sdk.takes("end_span", inner);
      sdk.takes("log_event", "info", "in none");
      sdk.takes("end_span", "nobodysSpan00000");
      until(() -> peer.count() == 8);

      List<JsonNode> lines = peer.messages();
      String tid = lines.get(0).get("tid").textValue();
      assertThat(tid).matches("[A-Za-z0-9]{16}");
      assertThat(lines).allSatisfy(line -> assertThat(line.get("tid").textValue()).isEqualTo(tid));
      started(lines.get(0), tid, outer, null, "outer");
      started(lines.get(1), tid, inner, outer, "inner");
      assertThat(lines.get(2).get("sid").textValue()).isEqualTo(inner);
      ended(lines.get(3), tid, outer, "success", "{}");
      assertThat(lines.get(4).get("sid").textValue()).isEqualTo(inner);
      ended(lines.get(5), tid, inner, "success", "{}");
      assertThat(lines.get(6).has("sid")).isFalse();
      ended(lines.get(7), tid, "nobodysSpan00000", "success", "{}");
    }
  }

  // K7
  @ParameterizedTest
  @EnumSource
  void textArrivesAsItIsAndNumbersAreFinite(SdkLanguage language) throws Exception {
    String odd =
        "na\u00efve \u2603 \ud83d\ude00 \" \\ / \b\f\n\r\t \u0000\u0001\u001f\u007f\u2028 :nan,[inf";
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      for (String number : List.of("nan", "inf", "-inf")) {
        var value = Map.of("float", number);
        assertThat(sdk.takes("log_metric", "x", value)).isFalse();
        assertThat(sdk.takes("log_progress", "j", value)).isFalse();
        assertThat(sdk.takes("log_resource", value, 1, 1, 1)).isFalse();
        assertThat(sdk.takes("log_event", "info", "x", Map.of("deep", Map.of("v", value))))
            .isFalse();
      }
      assertThat(sdk.stat("messages_dropped")).isEqualTo(12);
      assertThat(sdk.takes("log_event", "info", odd, Map.of(odd, List.of(odd)))).isTrue();
      until(() -> peer.count() == 1);

      JsonNode data = peer.messages().get(0).get("data");
      assertThat(data.get("msg").textValue()).isEqualTo(odd);
      assertThat(data.get("ctx").get(odd).get(0).textValue()).isEqualTo(odd);
    }
  }

  /** In Java the compiler sees to that. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
  void aCallThatMakesNoSenseThrowsNothing(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      for (Object odd : List.of(List.of(), Map.of())) {
        sdk.call("end_span", odd);
        sdk.call("set_context", odd, 1);
        sdk.call("end_subjob", odd);
      }
      assertThat(sdk.takes("log_event", "info", "after")).isTrue();
    }
  }

  // K7
  @ParameterizedTest
  @EnumSource
  void aLineOf65536BytesWithItsEndIsTheLongest(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var sdk = new SdkDriver(language, peer.port())) {
      sdk.takes("log_event", "info", "y");
      until(() -> peer.count() == 1);
      int room = 65_536 - peer.connections.get(0).lines.get(0).length();

      assertThat(sdk.takes("log_event", "info", Map.of("repeat", List.of("y", room)))).isTrue();
      assertThat(sdk.takes("log_event", "info", Map.of("repeat", List.of("y", room + 1))))
          .isFalse();
      assertThat(sdk.takes("log_event", "info", Map.of("repeat", List.of("\u00e9", room / 2 + 1))))
          .as("its bytes count")
          .isFalse();
      until(() -> peer.count() == 2);
      assertThat(peer.connections.get(0).lines.get(1)).hasSize(65_535);
      assertThat(sdk.stat("messages_dropped")).isEqualTo(2);
    }
  }

  // K9
  @ParameterizedTest
  @EnumSource
  void hostAndPortMayComeFromTheEnvironment(SdkLanguage language) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT);
        var another = new ReservedPort();
        var other = new RecordingPeer(another, RecordingPeer.Behaviour.SILENT);
        var sdk =
            new SdkDriver(
                language,
                Map.of(
                    "MONITORING_TCP_HOST",
                    "127.0.0.1",
                    "MONITORING_TCP_PORT",
                    String.valueOf(peer.port())))) {
      sdk.create(0);
      sdk.takes("log_event", "info", "environment");
      until(() -> peer.count() == 1);
      sdk.create(other.port());
      sdk.takes("log_event", "info", "argument");
      until(() -> other.count() == 1);
      assertThat(texts(other.messages())).containsExactly("argument");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aUnixDomainSocketDoesAsWell(SdkLanguage language, @TempDir Path dir) throws Exception {
    Path path = dir.resolve("socket");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      try (var sdk = new SdkDriver(language, 0, "socket_path", path.toString());
          var accepted = server.accept();
          var in = new BufferedReader(Channels.newReader(accepted, StandardCharsets.UTF_8))) {
        assertThat(sdk.takes("log_event", "info", "m 0")).isTrue();
        sdk.call("close");

        List<JsonNode> lines = in.lines().map(SdkKit::parse).toList();
        assertThat(texts(lines)).containsExactly("m 0");
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1).get("type").textValue()).isEqualTo("goodbye");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theExampleOfTheReadmeWorks(SdkLanguage language, @TempDir Path dir) throws Exception {
    try (var peer = new RecordingPeer(port, RecordingPeer.Behaviour.SILENT)) {
      language.runExample(dir, peer.port());
      until(() -> peer.count() == 7);

      assertThat(peer.messages())
          .allSatisfy(line -> assertThat(line.get("src").textValue()).isEqualTo("billing"));
      assertThat(peer.messages().stream().map(line -> line.get("type").textValue()))
          .containsExactly("event", "metric", "span", "progress", "span", "resource", "goodbye");
    }
  }
}
