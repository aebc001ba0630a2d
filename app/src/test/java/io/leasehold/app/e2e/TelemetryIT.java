package io.leasehold.app.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sidecar as its operators and its clients meet it: a process, files, signals. */
class TelemetryIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SAMPLES =
      Path.of("src", "test", "resources", "telemetry", "telemetry-samples.ldjson");

  @TempDir private Path dir;

  private String yaml(Path files, String more) {
    return "tcp: {port: auto}\nadmin: {port: auto}\nbuffers: {flush_interval: 20ms}\n"
        + "backends: {files: {type: filesystem, config: {base_path: '"
        + files
        + "'"
        + more
        + "}}}\nrouting: {default: [{backend: files}]}\n";
  }

  private static String event(String src, String msg) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + System.currentTimeMillis()
        + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\""
        + msg
        + "\"}}\n";
  }

  /** The lines of each source, moved in time so that the newest is now. */
  private static Map<String, List<String>> samples() throws IOException {
    var all = new ArrayList<ObjectNode>();
    long newest = 0;
    for (String line : Files.readAllLines(SAMPLES)) {
      var message = (ObjectNode) JSON.readTree(line);
      all.add(message);
      newest = Math.max(newest, message.get("ts").longValue());
    }
    long shift = System.currentTimeMillis() - newest;
    Map<String, List<String>> bySource = new LinkedHashMap<>();
    for (ObjectNode message : all) {
      move(message, "ts", shift);
      if (message.get("data") instanceof ObjectNode data) {
        move(data, "start", shift);
        move(data, "end", shift);
      }
      bySource
          .computeIfAbsent(message.get("src").asText(), src -> new ArrayList<>())
          .add(message.toString());
    }
    return bySource;
  }

  private static void move(ObjectNode in, String name, long by) {
    JsonNode value = in.get(name);
    if (value != null && value.isNumber() && value.longValue() != 0) {
      in.put(name, value.longValue() + by);
    }
  }

  @Test
  void existingClientsAreUnderstood() throws Exception {
    Path files = dir.resolve("files");
    String yaml = yaml(files, "") + "correlation: {idle: 1s}\n";
    try (var sidecar = SidecarProcess.start(dir, yaml)) {
      for (List<String> lines : samples().values()) {
        sidecar.send(String.join("\n", lines) + "\n");
      }

      JsonNode ledger = sidecar.settled(44);
      assertThat(ledger.get("delivered").longValue()).isEqualTo(40);
      assertThat(ledger.get("dropped").longValue()).isEqualTo(4);
      JsonNode status = sidecar.status();
      assertThat(status.at("/dropped//missing_data_field").longValue()).isEqualTo(4);
      assertThat(status.at("/sources/my-service/received").longValue()).isEqualTo(18);
      assertThat(status.at("/sources/c-service/received").longValue()).isEqualTo(10);
      assertThat(status.at("/sources/py-svc/received").longValue()).isEqualTo(8);
      assertThat(status.at("/sources/h/received").longValue()).isEqualTo(4);
      assertThat(SidecarProcess.lines(files)).hasSize(40);
      tracesOfExistingClients(sidecar);
    }
  }

  private static void tracesOfExistingClients(SidecarProcess sidecar) throws Exception {
    JsonNode whole = closedTrace(sidecar, "x2FzkWys5U86qxyG");
    assertThat(whole.get("complete").booleanValue()).isTrue();
    assertThat(whole.at("/roots/0/name").textValue()).isEqualTo("outer");
    assertThat(whole.at("/roots/0/children/0/name").textValue()).isEqualTo("inner");
    assertThat(whole.at("/roots/0/children/0/tags/k").textValue()).isEqualTo("v");
    JsonNode open = closedTrace(sidecar, "Aj3TclMGeBBx05cA");
    assertThat(open.get("reason").textValue()).isEqualTo("idle");
    assertThat(open.at("/roots/0/end").isNull()).isTrue();
    assertThat(open.at("/roots/0/children/0/end").isNumber()).isTrue();
    JsonNode batch = closedTrace(sidecar, "batch_processing_job-1795211238");
    assertThat(batch.get("reason").textValue()).isEqualTo("idle");
    assertThat(batch.get("roots").findValues("end").stream().map(JsonNode::isNull))
        .containsExactlyInAnyOrder(true, true, false);
    var unknown =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(admin(sidecar) + "/traces/nobody")).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(metrics(sidecar).lines())
        .contains(
            "sidecar_trace_anomalies_total{kind=\"duplicate_end\"} 1",
            "sidecar_traces_closed_total{reason=\"idle\"} 2",
            "sidecar_messages_derived_total 0",
            "sidecar_trace_messages_lost_total 0");
  }

  private static String metrics(SidecarProcess sidecar) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(admin(sidecar) + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static String admin(SidecarProcess sidecar) throws IOException {
    return "http://127.0.0.1:" + sidecar.port("telemetry-admin");
  }

  private static JsonNode closedTrace(SidecarProcess sidecar, String tid) throws Exception {
    int port = sidecar.port("telemetry-admin");
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () ->
                ServerProcess.get(port, "/traces/" + tid).path("state").asText().equals("closed"));
    return ServerProcess.get(port, "/traces/" + tid);
  }

  @Test
  void whatWasSentBeforeSigtermIsDelivered() throws Exception {
    Path files = dir.resolve("files");
    var text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append(event("a", Integer.toString(i)));
    }
    try (var sidecar =
            SidecarProcess.start(
                dir, yaml(files, "").replace("flush_interval: 20ms", "flush_interval: 1h"));
        Socket socket = sidecar.connect()) {
      socket.getOutputStream().write(text.toString().getBytes(UTF_8));
      // a connection that still waits to be accepted is the system's, which resets it
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> sidecar.status().get("connections").intValue() == 1);

      assertThat(sidecar.terminate()).isZero();

      assertThat(SidecarProcess.lines(files)).hasSize(20_000);
      assertThat(sidecar.output())
          .contains("ledger: received=20000 ")
          .contains(" delivered=20000 dropped=0 ")
          .contains(" in_flight=0");
    }
  }

  @Test
  void noSourceLeavesTheDirectory() throws Exception {
    Path files = dir.resolve("deep").resolve("files");
    var sources = List.of("../evil", "..", ".", "/etc/x", "ü/ö", "x".repeat(256), "a b", "~");
    try (var sidecar = SidecarProcess.start(dir, yaml(files, ""))) {
      for (String each : sources) {
        sidecar.send(event(each, "m"));
      }
      sidecar.settled(sources.size());
    }

    assertThat(SidecarProcess.lines(files)).hasSize(sources.size());
    try (var all = Files.list(files)) {
      assertThat(all).allMatch(Files::isRegularFile).hasSize(sources.size() + 1); // the lock
    }
    try (var beside = Files.list(dir.resolve("deep"))) {
      assertThat(beside).containsExactly(files);
    }
  }

  @Test
  void aFullDiskLosesAndRepeatsNothing() throws Exception {
    Path small = Files.createDirectories(dir.resolve("small"));
    boolean mounted =
        new ProcessBuilder(
                    "mount", "-t", "tmpfs", "-o", "size=2m", "leasehold-test", small.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0;
    Assumptions.assumeTrue(
        mounted || "true".equals(System.getenv("CI")), "no file system may be mounted here");
    Path ballast = small.resolve("ballast");
    Files.write(ballast, new byte[1_500_000]);
    int count = 10_000;
    try (var sidecar =
        SidecarProcess.start(
            dir,
            yaml(
                small,
                ", min_free_mb: 0}, circuit_breaker: {timeout: 100ms, failure_threshold: 2"))) {
      var text = new StringBuilder();
      for (int i = 0; i < count; i++) {
        text.append(event(i % 2 == 0 ? "even" : "odd", Integer.toString(i)));
      }
      sidecar.send(text.toString());
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> sidecar.status().at("/backends/files/reason").asText().equals("disk_full"));
      Files.delete(ballast);

      JsonNode ledger = sidecar.settled(count);
      assertThat(ledger.get("delivered").longValue()).isEqualTo(count);
      var lines = SidecarProcess.lines(small);
      assertThat(lines).hasSize(count).doesNotHaveDuplicates();
      for (String each : lines) {
        assertThat(JSON.readTree(each).at("/data/msg").asText()).isNotEmpty();
      }
    } finally {
      new ProcessBuilder("umount", "-l", small.toString()).start().waitFor();
    }
  }

  @Test
  void everyMistakeOfTheFileIsToldAndItExitsWithOne() throws Exception {
    Path file = dir.resolve("bad.yaml");
    Files.writeString(
        file,
        """
        backends: {files: {type: filesystem, config: {base_path: /tmp/x}}}
        routing:
          default: [{backend: file}]
          a: [{backend: files, priorty: 1}]
        """);

    for (String name : List.of("run", "check")) {
      var command = SidecarProcess.command(name, file.toString());

      assertThat(Tool.run(1, command.toArray(String[]::new)))
          .contains(
              file
                  + ":3:23 routing.default[0].backend: unknown backend \"file\"; did you mean \"files\"?")
          .contains(file + ":4:24 routing.a[0].priorty: unknown key; did you mean priority?");
    }
  }

  @Test
  void explainAsksTheRunningSidecarWhichCountsNothing() throws Exception {
    try (var sidecar = SidecarProcess.start(dir, yaml(dir.resolve("files"), ""))) {
      String admin = "127.0.0.1:" + sidecar.port("telemetry-admin");
      String line = event("billing", "m").strip();

      var known = SidecarProcess.command("explain", "--admin", admin, line);
      var broken = SidecarProcess.command("explain", "--admin", admin, "{}");

      assertThat(Tool.run(0, known.toArray(String[]::new)).lines())
          .contains(
              "valid: event of billing",
              "rule routing.default[0] -> files: matches",
              "target files: importance 1, " + line,
              "now files: buffer 0 messages, 0 bytes; files breaker closed");
      assertThat(Tool.run(1, broken.toArray(String[]::new)))
          .contains("invalid, dropped: missing_field");
      assertThat(sidecar.settled(0).get("dropped").longValue()).isEqualTo(0);
    }
  }

  @Test
  void liveViewsShowWhatGoesThroughAndEndWell() throws Exception {
    try (var sidecar = SidecarProcess.start(dir, yaml(dir.resolve("files"), ""))) {
      String admin = "127.0.0.1:" + sidecar.port("telemetry-admin");
      Path seen = dir.resolve("seen");
      Process tap =
          new ProcessBuilder(
                  SidecarProcess.command("tap", "--admin", admin, "--src", "bill*", "--limit", "2"))
              .redirectOutput(seen.toFile())
              .start();
      try {
        Awaitility.await()
            .atMost(30, TimeUnit.SECONDS)
            .until(
                () -> {
                  sidecar.send(event("shop", "not this") + event("billing", "this"));
                  return !tap.isAlive();
                });
        assertThat(tap.exitValue()).isZero();
        assertThat(Files.readAllLines(seen))
            .hasSize(2)
            .allMatch(each -> each.contains("\"src\":\"billing\""));
      } finally {
        tap.destroyForcibly();
      }

      var top = SidecarProcess.command("top", "--admin", admin, "--count", "2");
      assertThat(Tool.run(0, top.toArray(String[]::new)))
          .contains("received ", "BACKEND", "files", "SOURCE", "billing");
      var wrong = SidecarProcess.command("tap", "--admin", admin, "--type", "spam");
      assertThat(Tool.run(2, wrong.toArray(String[]::new))).contains("type: must be of event");
      var nobody = SidecarProcess.command("top", "--admin", "127.0.0.1:1");
      assertThat(Tool.run(3, nobody.toArray(String[]::new))).contains("no sidecar answers at");

      Path endless = dir.resolve("endless");
      Process stopped =
          new ProcessBuilder(SidecarProcess.command("top", "--admin", admin))
              .redirectOutput(endless.toFile())
              .start();
      try {
        Awaitility.await()
            .atMost(30, TimeUnit.SECONDS)
            .until(() -> Files.readString(endless).contains("BACKEND"));
        Tool.run(0, "kill", "-INT", Long.toString(stopped.pid()));
        assertThat(stopped.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(stopped.exitValue()).isZero();
      } finally {
        stopped.destroyForcibly();
      }
    }
  }

  @Test
  void deadLettersAreReplayedAndDropped() throws Exception {
    Path blocked = Files.writeString(dir.resolve("blocked"), "no directory");
    Path files = blocked.resolve("files");
    String more = "}, retry: {max_age: 100ms}, circuit_breaker: {timeout: 50ms";
    String line = event("a", "1").strip();
    try (var sidecar = SidecarProcess.start(dir, yaml(files, more))) {
      String admin = "127.0.0.1:" + sidecar.port("telemetry-admin");
      sidecar.send(line + "\n" + event("a", "2"));
      assertThat(sidecar.settled(2).get("dead_lettered").longValue()).isEqualTo(2);
      Files.delete(blocked);

      assertThat(Tool.run(0, dlq("replay", "files", "--limit", "1", "--admin", admin)))
          .contains("replayed 1, failed 0, left 1");
      assertThat(Tool.run(0, dlq("drop", "files", "--admin", admin)))
          .contains("dropped 1, failed 0, left 0");

      assertThat(SidecarProcess.lines(files)).containsExactly(line);
      JsonNode ledger = sidecar.settled(2);
      assertThat(ledger.get("replayed").longValue()).isEqualTo(1);
      assertThat(ledger.get("delivered").longValue()).isEqualTo(1);
    }
  }

  private static String[] dlq(String... arguments) {
    List<String> all = new ArrayList<>(List.of("dlq"));
    all.addAll(List.of(arguments));
    return SidecarProcess.command(all.toArray(String[]::new)).toArray(String[]::new);
  }

  /** Every family that is promised, with the labels that its series have. */
  @Test
  void everyFamilyIsThereWithItsTypeAndItsLabels() throws Exception {
    String backend = "backend";
    try (var sidecar = SidecarProcess.start(dir, yaml(dir.resolve("files"), ""))) {
      sidecar.send(event("a", "1"));
      sidecar.settled(1);
      var page = Exposition.parse(metrics(sidecar), false);

      Map<String, List<String>> counters = new LinkedHashMap<>();
      counters.put("messages_received_total", List.of("source"));
      for (String each :
          List.of("messages_routed_total", "messages_delivered_total", "backend_retries_total")) {
        counters.put(each, List.of(backend));
      }
      counters.put("messages_dropped_total", List.of("reason", backend));
      counters.put("messages_dead_lettered_total", List.of("reason", backend));
      for (String each :
          List.of(
              "messages_fanout_total",
              "messages_derived_total",
              "messages_recovered_total",
              "messages_replayed_total",
              "connections_total",
              "bytes_received_total",
              "spool_repaired_bytes_total",
              "tap_skipped_total")) {
        counters.put(each, List.of());
      }
      counters.put("breaker_transitions_total", List.of(backend, "to"));
      counters.put("connections_closed_total", List.of("reason"));
      counters.put("traces_closed_total", List.of("reason"));
      counters.put("trace_anomalies_total", List.of("kind"));
      counters.put("nacks_total", List.of("code"));
      counters.put("config_reloads_total", List.of("result"));
      counters.forEach((name, labels) -> assertFamily(page, name, "counter", labels));

      Map<String, List<String>> gauges = new LinkedHashMap<>();
      gauges.put("buffer_size", List.of("source"));
      for (String each :
          List.of(
              "messages_in_flight",
              "spool_lag_messages",
              "backend_buffer_bytes",
              "breaker_state")) {
        gauges.put(each, List.of(backend));
      }
      for (String each :
          List.of(
              "ledger_imbalance",
              "active_connections",
              "spool_bytes",
              "traces_open",
              "trace_bytes",
              "config_generation",
              "tap_clients")) {
        gauges.put(each, List.of());
      }
      gauges.put("build_info", List.of("version"));
      gauges.forEach((name, labels) -> assertFamily(page, name, "gauge", labels));

      assertFamily(page, "backend_latency_seconds", "histogram", List.of(backend));
      for (String each : List.of("recv_to_route_seconds", "ack_seconds", "spool_commit_seconds")) {
        assertFamily(page, each, "histogram", List.of());
      }
    }
  }

  private static void assertFamily(Exposition page, String name, String type, List<String> labels) {
    var family = page.families().get("sidecar_" + name);
    assertThat(family).as(name).isNotNull();
    assertThat(family.type()).as(name).isEqualTo(type);
    assertThat(family.samples())
        .as(name)
        .isNotEmpty()
        .allMatch(each -> List.copyOf(each.labels().keySet()).equals(labels));
  }

  @Test
  void promtoolHasNothingToSayAboutASidecarAndWhatItsApplicationsSend() throws Exception {
    Tool.need("promtool", "prometheus");
    String yaml =
        yaml(dir.resolve("files"), "")
            .replace("}}}\n", "}}, prom: {type: prometheus}}\nglobal: [{backend: prom}]\n");
    String metric = event("a", "").replaceFirst("\"event\".*\n", "\"metric\",\"data\":");
    try (var sidecar = SidecarProcess.start(dir, yaml)) {
      sidecar.send(
          metric
              + "{\"name\":\"load-now\",\"value\":0.5,\"tags\":{\"le\":\"a\\n\\\"b\",\"1\":2}}}\n"
              + metric
              + "{\"name\":\"jobs\\u002fok_total\",\"value\":7}}\n");
      sidecar.settled(2);

      var request =
          HttpRequest.newBuilder(
              URI.create("http://127.0.0.1:" + sidecar.port("telemetry-admin") + "/metrics"));
      String page =
          HttpClient.newHttpClient()
              .send(request.build(), HttpResponse.BodyHandlers.ofString())
              .body();

      assertThat(page.lines())
          .contains(
              "app_load_now{source=\"a\",tag_1=\"2\",tag_le=\"a\\n\\\"b\"} 0.5",
              "app_jobs_ok_total{source=\"a\"} 7");
      Path file = Files.writeString(dir.resolve("metrics.txt"), page);
      assertThat(Tool.run(0, "sh", "-c", "promtool check metrics < '" + file + "'")).isEmpty();
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path file = dir.resolve("sidecar.yaml");
      Files.writeString(
          file, yaml(dir.resolve("files"), "").replaceFirst("auto", "" + taken.getLocalPort()));

      var command =
          SidecarProcess.command(
              "run", file.toString(), "--data-dir", dir.resolve("data").toString());

      assertThat(Tool.run(1, command.toArray(String[]::new)))
          .contains("tcp.port = " + taken.getLocalPort() + ": cannot be bound");
    }
  }

  @Test
  void aHangUpReadsTheFileAgain() throws Exception {
    Path files = dir.resolve("files");
    String before = yaml(files, "") + "hot_reload: {enabled: false}\n";
    try (var sidecar = SidecarProcess.start(dir, before)) {
      Files.writeString(dir.resolve("sidecar.yaml"), before.replace("default", "a"));

      new ProcessBuilder("kill", "-HUP", Long.toString(sidecar.process.pid())).start().waitFor();

      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> sidecar.status().get("generation").intValue() == 2);
      sidecar.send(event("a", "1") + event("b", "2"));
      JsonNode ledger = sidecar.settled(2);
      assertThat(ledger.get("delivered").longValue()).isEqualTo(1);
      assertThat(sidecar.status().at("/dropped//no_route").longValue()).isEqualTo(1);
      assertThat(sidecar.status().at("/reload/last/changes").toString())
          .isEqualTo("[\"routing.default\",\"routing.a\"]");
    }
  }

  /** Its ports are what it would be started without, were it alone on its machine. */
  private ServerProcess freshServer() throws IOException {
    return ServerProcess.start(
        dir.resolve("data"),
        "telemetry.port=auto",
        "telemetry.admin-port=auto",
        "durability=memory");
  }

  private static void send(ServerProcess server, String line) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port("telemetry"))) {
      socket.getOutputStream().write(line.getBytes(UTF_8));
    }
  }

  @Test
  void theDebugPortShowsWhoSendsAndTheBackends() throws Exception {
    try (var server = freshServer();
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port("telemetry"))) {
      String lines =
          "{\"v\":1,\"type\":\"hello\",\"src\":\"a\",\"data\":{\"ack\":\"received\"}}\n"
              + event("a", "1")
              + "no json\n"
              + event("a", "2");
      socket.getOutputStream().write(lines.getBytes(UTF_8));
      JsonNode[] client = new JsonNode[1];
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                client[0] =
                    ServerProcess.get(server.port("debug"), "/debug/clients").at("/clients/0");
                return client[0].path("requests").intValue() == 3
                    && client[0].path("in_flight").intValue() == 0;
              });

      assertThat(client[0].get("door").asText()).isEqualTo("telemetry");
      assertThat(client[0].get("remote").asText()).isEqualTo("127.0.0.1:" + socket.getLocalPort());
      assertThat(client[0].get("errors").intValue()).isEqualTo(1);
      assertThat(client[0].get("bytes_in").intValue()).isEqualTo(lines.length());
      assertThat(client[0].get("bytes_out").intValue()).isPositive();
      assertThat(client[0].get("last_action").asText()).isEqualTo("event");
      assertThat(client[0].get("authenticated").booleanValue()).isFalse();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () ->
                  ServerProcess.get(server.port("debug"), "/debug/pool")
                      .path("telemetry")
                      .toString()
                      .equals("[{\"backend\":\"filesystem\",\"state\":\"closed\",\"buffer\":0}]"));
      assertThat(server.terminate()).isZero();
    }
  }

  @Test
  void whereKeysAreRequiredMetricsNeedOneOnEveryPort() throws Exception {
    String reader = "r".repeat(32);
    String user = "u".repeat(32);
    try (var server =
        ServerProcess.start(
            dir.resolve("data"),
            "telemetry.port=auto",
            "telemetry.admin-port=auto",
            "durability=memory",
            "access.required=true",
            "access.keys=[{id = reader, key = "
                + reader
                + ", scopes = [\"monitor:read\"]}, {id = user, key = "
                + user
                + ", scopes = [\"lock:use\"]}]")) {
      for (String port : List.of("monitor", "http", "telemetry-admin")) {
        assertThat(ask(server, port, "/metrics", "").statusCode()).as(port).isEqualTo(401);
        assertThat(ask(server, port, "/metrics", "wrong").statusCode()).as(port).isEqualTo(401);
        var without = ask(server, port, "/metrics", user);
        assertThat(without.statusCode()).as(port).isEqualTo(403);
        assertThat(without.body()).contains("the key does not have the scope monitor:read");
        assertThat(ask(server, port, "/metrics", reader).statusCode()).as(port).isEqualTo(200);
        assertThat(ask(server, port, "/ready", "").statusCode()).as(port).isEqualTo(200);
        assertThat(ask(server, port, "/health", "").body())
            .as(port)
            .contains("\"status\":\"healthy\"")
            .doesNotContain("details", "system_info");
        assertThat(ask(server, port, "/health", reader).body()).as(port).contains("details");
      }
      assertThat(server.terminate()).isZero();
    }
  }

  @Test
  void aServerTellsOfItsLocksThroughItsOwnSidecar() throws Exception {
    Path data = dir.resolve("data");
    Path files = dir.resolve("told");
    Path file = dir.resolve("sidecar.yaml");
    Files.writeString(
        file,
        "internal_events: all\nbuffers: {flush_interval: 10ms}\nbackends: {files: {type: filesystem,"
            + " config: {base_path: '"
            + files
            + "'}}}\nrouting: {leasehold: [{backend: files}]}\n");
    try (var server =
        ServerProcess.start(
            data,
            "telemetry.port=auto",
            "telemetry.admin-port=auto",
            "telemetry.config-file=" + file,
            "durability=memory")) {
      try (var lock = new RawClient(server.port("lock"))) {
        String asked = "{\"action\":\"acquire\",\"key\":\"job\",\"owner\":\"w1\",\"ttl\":600}";
        assertThat(lock.ask(asked)).contains("\"success\":true");
        String taken =
            post(
                server,
                "http",
                "/api/v1/locks/force-release",
                "{\"key\":\"job\",\"reason\":\"stuck\"}");
        assertThat(taken).contains("\"success\":true");
      }

      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(
              () -> {
                assertThat(files).exists();
                assertThat(SidecarProcess.lines(files))
                    .anySatisfy(
                        each ->
                            assertThat(each)
                                .contains(
                                    "\"src\":\"leasehold\"", "leasehold.audit", "force_release"));
              });
      assertThat(server.terminate()).isZero();
      assertThat(server.output()).containsPattern("ledger: received=\\d+ .* in_flight=0");
    }
  }

  private static String post(ServerProcess server, String port, String path, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port(port) + path))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static HttpResponse<String> ask(
      ServerProcess server, String port, String path, String key) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port(port) + path));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aServerThatNobodySetUpKeepsWhatItIsSentInFiles() throws Exception {
    Path files = dir.resolve("data").resolve("telemetry").resolve("files");
    String first = event("my-service", "1");
    String second = event("my-service", "2");
    try (var server = freshServer()) {
      send(server, first);
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> Files.exists(files) && SidecarProcess.lines(files).size() == 1);

      aSecondOneOnItsPortSaysSo(server.port("telemetry"));

      assertThat(server.terminate()).isZero();
      assertThat(server.output()).contains("ledger: received=1 ");
    }
    try (var server = freshServer()) {
      send(server, second);
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> SidecarProcess.lines(files).size() == 2);
      assertThat(server.terminate()).isZero();
    }
    assertThat(SidecarProcess.lines(files)).containsExactly(first.strip(), second.strip());
    try (var all = Files.list(files)) {
      assertThat(all.map(each -> each.getFileName().toString()))
          .anyMatch(each -> each.matches("my-service-\\d{4}-\\d\\d-\\d\\d\\.jsonl"));
    }
  }

  private void aSecondOneOnItsPortSaysSo(int port) throws Exception {
    Path data = dir.resolve("second");
    try (var server =
        ServerProcess.launch(
            data, "telemetry.port=" + port, "telemetry.admin-port=0", "durability=memory")) {
      assertThat(server.exitCode()).isEqualTo(1);
      assertThat(server.output())
          .contains(
              "telemetry.port = "
                  + port
                  + ": cannot be bound; auto takes a free one, telemetry.enabled = false runs no"
                  + " sidecar (")
          .as("it did not even begin to join")
          .doesNotContain("remoting on ");
    }
  }
}
