package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.app.deploy.Dashboards;
import io.leasehold.app.deploy.Promtool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes a real node, and every query of the dashboards gets its answer. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DashboardQueriesIT {
  /** Series that a node has only with a part of its own, or that exist only while an alert does. */
  private static final List<String> MAY_BE_EMPTY =
      List.of("leasehold_cluster_members", "leasehold_shards", "ALERTS{", "gateway_streams");

  private static final int STARTS = 3;

  @TempDir Path dir;

  private final HttpClient http = HttpClient.newHttpClient();
  private ServerProcess server;
  private Process prometheus;
  private int port;

  @BeforeEach
  void start() throws Exception {
    var binary = Promtool.onPath("prometheus").toString();
    var telemetry =
        Files.writeString(
            dir.resolve("sidecar.yaml"),
            """
            backends: {files: {type: filesystem, config: {base_path: '%s'}}}
            routing: {default: [{backend: files}]}
            """
                .formatted(dir.resolve("files")));
    server =
        ServerProcess.start(
            dir.resolve("data"),
            "telemetry.config-file=" + telemetry,
            "telemetry.port=auto",
            "telemetry.admin-port=auto");
    for (int start = 1; prometheus == null; start++) {
      startPrometheus(binary, start == STARTS);
    }
  }

  /** Prometheus does not say which port it was given, so one is looked up; it may be taken. */
  private void startPrometheus(String binary, boolean isLast) throws IOException {
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var config = dir.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: leasehold
            static_configs: [{targets: ['127.0.0.1:%d']}]
        """
            .formatted(server.port("monitor")));
    var log = dir.resolve("prometheus.log");
    var process =
        new ProcessBuilder(
                binary,
                "--config.file=" + config,
                "--storage.tsdb.path=" + Files.createTempDirectory(dir, "tsdb"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    prometheus = process;
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> isReady() || !process.isAlive());
    if (!process.isAlive()) {
      assertThat(isLast).as(Files.readString(log)).isFalse();
      prometheus = null;
    }
  }

  private boolean isReady() {
    try {
      return get("/-/ready").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @AfterEach
  void stop() throws Exception {
    if (prometheus != null) {
      prometheus.destroyForcibly().waitFor();
    }
    if (server != null) {
      assertThat(server.terminate()).as(server.output()).isZero();
    }
  }

  private HttpResponse<String> get(String path) throws IOException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** The values of an instant query; a query that is wrong fails. */
  private List<String> ask(String query) throws IOException {
    var answer = get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    assertThat(answer.statusCode()).as(query + "\n" + answer.body()).isEqualTo(200);
    JsonNode result = new ObjectMapper().readTree(answer.body()).at("/data/result");
    var values = new ArrayList<String>();
    result.forEach(series -> values.add(series.at("/value/1").asText()));
    return values;
  }

  /** Sources are counted from their first message on. */
  private void sendTelemetry() throws IOException {
    String line =
        "{\"v\":1,\"src\":\"shop\",\"ts\":"
            + System.currentTimeMillis()
            + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\"m\"}}\n";
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port("telemetry"))) {
      socket.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
    }
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () -> ask("rate(sidecar_messages_received_total[5m]) >= 0"),
            values -> !values.isEmpty());
  }

  @Test
  void everyQueryGetsANumber() throws IOException {
    sendTelemetry();
    try (var client = server.client()) {
      for (int i = 0; i < 10; i++) {
        client.ask("{\"action\":\"acquire\",\"key\":\"k" + i + "\",\"ttl\":300}");
      }
      // a rate is seen only of what happens between two scrapes
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(
              () -> {
                client.ask("{\"action\":\"exists\",\"key\":\"k0\"}");
                return ask("rate(ttl_semlock_requests_total[5m]) > 0");
              },
              values -> !values.isEmpty());
    }
    for (var query : Dashboards.queries()) {
      if (MAY_BE_EMPTY.stream().noneMatch(query::contains)) {
        assertThat(ask(query)).as(query).isNotEmpty();
      }
    }
    assertThat(ask("sum(ttl_semlock_active_locks)")).containsExactly("10");
    assertThat(ask("histogram_quantile(0.95, ttl_semlock_request_duration_seconds_bucket)"))
        .anyMatch(value -> !value.equals("NaN"));
  }
}
