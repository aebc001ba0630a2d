package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.telemetry.TraceExchange;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.ClusterSharding;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.pattern.Patterns;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three sidecars in one cluster, in this JVM: a trace is put together once, wherever it comes. */
class TraceClusterIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final class Node {
    final ActorTestKit kit;
    final TelemetrySidecar sidecar;
    final Path traces;
    final int port;

    Node(Path dir, @Nullable Node first) throws Exception {
      kit =
          ActorTestKit.create(
              "leasehold",
              ConfigFactory.parseString(
                      "pekko.loglevel = WARNING\npekko.cluster.roles = [telemetry]")
                  .withFallback(PekkoSettings.of("127.0.0.1", 0, 1)));
      var cluster = Cluster.get(kit.system());
      cluster
          .manager()
          .tell(
              Join.create(
                  first == null
                      ? cluster.selfMember().address()
                      : Cluster.get(first.kit.system()).selfMember().address()));
      await().until(() -> cluster.selfMember().status() == MemberStatus.up());
      Files.createDirectories(dir);
      traces = dir.resolve("traces");
      Path yaml =
          Files.writeString(
              dir.resolve("sidecar.yaml"),
              "tcp: {port: auto}\nspool: {use: off}\nbuffers: {flush_interval: 10ms}\n"
                  + "hot_reload: {enabled: false}\ncorrelation: {idle: 20s}\n"
                  + "backends:\n  traces: {type: filesystem, config: {base_path: '"
                  + traces
                  + "', min_free_mb: 0}}\nglobal: [{backend: traces, filter: {types: [trace]}}]\n");
      var source = new TelemetryFileSource(yaml, Map.of(), Map.of());
      var clock = Clock.system();
      sidecar =
          new TelemetrySidecar(
              kit.system(),
              source.read(),
              source,
              new TelemetrySidecar.Parts(
                  BackendFactory.standard(clock, new SeriesShelf()),
                  new DeadLetterStore(dir.resolve("dlq"), clock),
                  dir.resolve("history"),
                  dir.resolve("spool"),
                  clock,
                  new Random(5),
                  owner ->
                      new TraceExchange(
                          kit.system(),
                          PekkoSettings.TELEMETRY_ROLE,
                          owner,
                          Duration.ofMillis(200),
                          clock)));
      port = sidecar.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
    }

    void send(String text) throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.getOutputStream().write(text.getBytes(UTF_8));
      }
    }

    Optional<String> trace(String tid) {
      var answer = sidecar.trace(tid).toCompletableFuture();
      try {
        return answer.get(10, TimeUnit.SECONDS);
      } catch (Exception e) { // its owner is on its way to another node
        return Optional.empty();
      }
    }

    List<JsonNode> records() throws IOException {
      var all = new ArrayList<JsonNode>();
      if (Files.exists(traces)) {
        try (Stream<Path> files = Files.list(traces)) {
          for (Path each : files.filter(file -> file.toString().endsWith(".jsonl")).toList()) {
            for (String line : Files.readAllLines(each)) {
              all.add(JSON.readTree(line));
            }
          }
        }
      }
      return all;
    }

    int owned() {
      return sidecar.status().traces().open();
    }

    void close() throws Exception {
      sidecar.unbind();
      sidecar.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
      sidecar.stop(Duration.ofSeconds(4));
      kit.shutdownTestKit();
    }
  }

  private static ConditionFactory await() {
    return Awaitility.await()
        .atMost(40, TimeUnit.SECONDS)
        .pollDelay(Duration.ZERO) // asked of each trace at each node, most are there at once
        .pollInterval(Duration.ofMillis(50));
  }

  @TempDir private Path dir;
  private final List<Node> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    for (int i = 0; i < 3; i++) {
      nodes.add(new Node(dir.resolve("n" + i), nodes.isEmpty() ? null : nodes.get(0)));
    }
    // who comes later would be given slots of the others, whose traces would move
    for (Node each : nodes) {
      await().until(() -> regions(each) == 3);
    }
  }

  private static int regions(Node node) throws Exception {
    var region =
        ClusterSharding.get(node.kit.system().classicSystem()).shardRegion("TelemetryTrace");
    Object answer =
        Patterns.ask(region, ShardRegion.getCurrentRegionsInstance(), Duration.ofSeconds(10))
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    return ((ShardRegion.CurrentRegions) answer).getRegions().size();
  }

  @AfterEach
  void stop() throws Exception {
    for (Node each : nodes) {
      each.close();
    }
  }

  private static String span(String src, String tid, String sid, String pid, boolean end) {
    long now = System.currentTimeMillis();
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + now
        + ",\"type\":\"span\",\"tid\":\""
        + tid
        + "\",\"sid\":\""
        + sid
        + (pid.isEmpty() || end ? "" : "\",\"pid\":\"" + pid)
        + "\",\"data\":"
        + (end ? "{\"end\":" + now + "}" : "{\"name\":\"n\",\"start\":" + now + "}")
        + "}\n";
  }

  private List<JsonNode> records() throws IOException {
    var all = new ArrayList<JsonNode>();
    for (Node each : nodes) {
      all.addAll(each.records());
    }
    return all;
  }

  @Test
  void aTraceFedFromThreeNodesIsOneRecordAndAnyNodeShowsIt() throws Exception {
    int traces = 40;
    for (int i = 0; i < traces; i++) {
      String tid = "job-" + i;
      nodes.get(0).send(span("a", tid, "a", "", false));
      nodes.get(1).send(span("b", tid, "b", "a", false) + span("b", tid, "b", "", true));
      nodes.get(2).send(span("c", tid, "c", "b", false) + span("c", tid, "c", "", true));
    }
    for (int i = 0; i < traces; i++) {
      String tid = "job-" + i;
      for (Node each : nodes) {
        await().until(() -> each.trace(tid).map(json -> json.contains("\"span\":5")).orElse(false));
      }
      nodes.get(i % 3).send(span("a", tid, "a", "", true));
    }

    await().until(() -> records().size() == traces);
    for (JsonNode each : records()) {
      assertThat(each.at("/data/complete").booleanValue()).as(each.toString()).isTrue();
      assertThat(each.at("/data/counts/span").intValue()).isEqualTo(6);
      assertThat(each.at("/data/roots/0/children/0/children/0/src").asText()).isEqualTo("c");
    }
    for (Node each : nodes) {
      assertThat(each.records()).as("the work is shared").isNotEmpty();
      assertThat(each.trace("job-0").orElseThrow()).contains("\"state\":\"closed\"");
      assertThat(each.trace("unknown")).isEmpty();
    }
  }

  @Test
  void aNodeThatDiesTakesItsOpenTracesAndNothingElse() throws Exception {
    int traces = 60;
    var all = new StringBuilder();
    for (int i = 0; i < traces; i++) {
      all.append(span("a", "job-" + i, "a", "", false));
    }
    nodes.get(0).send(all.toString());
    await().until(() -> nodes.stream().mapToInt(Node::owned).sum() == traces);
    Node dying = nodes.remove(2);
    int lost = dying.owned();
    assertThat(lost).isBetween(1, traces - 1);
    var address = Cluster.get(dying.kit.system()).selfMember().address();

    Cluster.get(nodes.get(0).kit.system()).manager().tell(new Down(address));

    await().until(() -> dying.kit.system().getWhenTerminated().toCompletableFuture().isDone());
    // every trace has an owner again: those that were lost begin anew, also those of slots that the
    // others share out between them once the node is gone
    await()
        .until(
            () -> {
              int known = 0;
              for (int i = 0; i < traces; i++) {
                String tid = "job-" + i;
                if (nodes.get(0).trace(tid).map(json -> json.contains("\"b\"")).orElse(false)) {
                  known++;
                } else {
                  nodes.get(1).send(span("b", tid, "b", "a", false)); // may get lost with its owner
                }
              }
              return known == traces && nodes.stream().mapToInt(Node::owned).sum() == traces;
            });
    assertThat(nodes.get(0).sidecar.ledger().received()).isEqualTo(traces);
    assertThat(nodes.get(0).sidecar.ledger().imbalance()).isZero();
    dying.sidecar.stop(Duration.ofSeconds(1));
  }
}
