package io.leasehold.streams.telemetry.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.streams.telemetry.FaultRig;
import io.leasehold.streams.telemetry.backend.FaultProxy.Fault;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each backend that speaks over a network, behind a proxy that does to it what networks and servers
 * do. Whatever it is: the other route goes on at once, nothing is lost, the ledger is exact.
 */
@Timeout(120)
class BackendFaultsIT {
  private static final int LINES = 150;

  /** Where messages go to. */
  enum Destination {
    POSTGRESQL(true),
    S3(true),
    /** Has no means to tell an event that comes again. */
    CLOUDWATCH(false);

    final boolean once;

    Destination(boolean once) {
      this.once = once;
    }

    String config(int port, String name) {
      return switch (this) {
        case POSTGRESQL ->
            "{type: postgresql, config: {connection_string: 'postgresql://postgres:x@127.0.0.1:"
                + port
                + "/postgres', table: "
                + name
                + "}";
        case S3 ->
            "{type: s3, config: {bucket: telemetry, path_style: true, prefix: "
                + name
                + "/, endpoint: 'http://127.0.0.1:"
                + port
                + "'}";
        case CLOUDWATCH ->
            "{type: cloudwatch, config: {log_group: g, log_stream: '"
                + name
                + "-{source}', endpoint: 'http://127.0.0.1:"
                + port
                + "'}";
      };
    }

    int port() {
      return switch (this) {
        case POSTGRESQL -> postgres.getPort();
        case S3 -> s3.port();
        case CLOUDWATCH -> logs.port();
      };
    }

    String errorBody() {
      return this == S3
          ? "<Error><Code>InternalError</Code><Message>not now</Message></Error>"
          : "{\"__type\":\"ServiceUnavailableException\",\"message\":\"not now\"}";
    }

    List<Fault> faults() {
      return Stream.of(Fault.values())
          .filter(each -> each != Fault.NONE)
          .filter(each -> this != POSTGRESQL || !each.name().startsWith("STATUS"))
          .toList();
    }

    List<String> stored(String name) throws SQLException {
      return switch (this) {
        case POSTGRESQL -> rows(name);
        case S3 -> s3.lines(name + '/');
        case CLOUDWATCH -> logs.of(name + "-a");
      };
    }
  }

  @TempDir private static Path data;
  private static EmbeddedPostgres postgres;
  private static S3Server s3;
  private static LogsServer logs;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.builder().setDataDirectory(data.resolve("db")).start();
    s3 = S3Server.start(Files.createDirectories(data.resolve("s3")));
    logs = new LogsServer();
    S3Server.login(S3Server.ID, S3Server.SECRET);
  }

  @AfterAll
  static void stop() throws IOException {
    S3Server.logout();
    logs.close();
    s3.close();
    postgres.close();
  }

  private static List<String> rows(String table) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
    try (Connection connection = DriverManager.getConnection(url, "postgres", "");
        ResultSet rows =
            connection.createStatement().executeQuery("SELECT data::text FROM " + table)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    }
  }

  private static String yaml(Destination to, int port, String name, Path dir, String retry) {
    return "tcp: {port: auto}\nbuffers: {flush_interval: 10ms}\nhot_reload: {enabled: false}\n"
        + "spool: {use: off}\nbackends:\n  files: {type: filesystem, config: {base_path: '"
        + dir.resolve("files")
        + "', min_free_mb: 0}}\n  far: "
        + to.config(port, name)
        + ", batch: {linger: 10ms, timeout: 500ms}, retry: {base: 5ms, cap: 20ms"
        + retry
        + "}, circuit_breaker: {failure_threshold: 2, success_threshold: 1, timeout: 50ms}}\n"
        + "routing: {default: [{backend: files}, {backend: far}]}\n";
  }

  @ParameterizedTest
  @EnumSource
  void silenceALostAnswerAndARefusalLoseNothingAndHoldUpNobody(Destination to, @TempDir Path dir)
      throws Exception {
    Fault refusal = to == Destination.POSTGRESQL ? Fault.RESET : Fault.STATUS_503;
    meets(to, List.of(Fault.BLACK_HOLE, Fault.CUT_ANSWER, refusal), "few_faults", dir);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("fault")
  void noFaultLosesAnythingOrHoldsUpTheOtherRoute(Destination to, @TempDir Path dir)
      throws Exception {
    meets(to, to.faults(), "all_faults", dir);
  }

  private static void meets(Destination to, List<Fault> faults, String name, Path dir)
      throws Exception {
    try (var proxy = new FaultProxy(to.port(), to.errorBody());
        var rig = new FaultRig(dir, yaml(to, proxy.port(), name, dir, ""))) {
      int sent = LINES;
      rig.send("a", 0, sent);
      rig.awaitSettled(sent);
      for (Fault each : faults) {
        long openedBefore = rig.opened("far");
        long deliveredBefore = rig.delivered("far");
        proxy.set(each);

        rig.send("a", sent, sent + LINES);
        sent += LINES;

        int all = sent;
        Awaitility.await("the other route during " + each)
            .atMost(5, TimeUnit.SECONDS)
            .until(() -> rig.delivered("files") == all);
        Awaitility.await("the breaker during " + each)
            .atMost(20, TimeUnit.SECONDS)
            .until(() -> rig.opened("far") > openedBefore);
        assertThat(rig.delivered("far")).as("delivered during " + each).isEqualTo(deliveredBefore);
        assertThat(rig.ledger().imbalance()).as(each + " " + rig.ledger()).isZero();
        proxy.set(Fault.NONE);
        Ledger ledger = rig.awaitSettled(sent);
        assertThat(ledger.delivered()).as(each + " " + ledger).isEqualTo(2L * sent);
        assertThat(rig.metric("sidecar_breaker_state", "backend", "far")).isZero();
      }

      List<Integer> wanted = IntStream.range(0, sent).boxed().toList();
      List<Integer> there = FaultRig.numbers(to.stored(name));
      assertThat(new HashSet<>(there)).containsExactlyInAnyOrderElementsOf(wanted);
      if (to.once) {
        assertThat(there).hasSize(sent);
      }
      assertThat(FaultRig.numbers(rig.lines("files"))).isEqualTo(wanted);
      assertThat(logs.complaints).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasTriedOftenEnoughIsADeadLetter(Destination to, @TempDir Path dir) throws Exception {
    try (var proxy = new FaultProxy(to.port(), to.errorBody());
        var rig = new FaultRig(dir, yaml(to, proxy.port(), "dead", dir, ", max_attempts: 3"))) {
      proxy.set(Fault.RESET);

      rig.send("a", 0, LINES);

      Ledger ledger = rig.awaitSettled(LINES);
      assertThat(ledger.deadLettered()).isEqualTo(LINES);
      assertThat(ledger.delivered()).isEqualTo(LINES); // the other route
      assertThat(
              rig.metric(
                  "sidecar_messages_dead_lettered_total",
                  "reason",
                  "retry_exhausted",
                  "backend",
                  "far"))
          .isEqualTo(LINES);
      try (Stream<Path> kept = Files.list(dir.resolve("dlq").resolve("far"))) {
        Path file = kept.filter(each -> each.toString().endsWith(".jsonl")).findFirst().get();
        assertThat(FaultRig.numbers(Files.readAllLines(file)))
            .hasSize(LINES)
            .doesNotHaveDuplicates();
      }
      proxy.set(Fault.NONE);
      rig.send("a", LINES, LINES + 1);
      assertThat(rig.awaitSettled(LINES + 1).delivered()).isEqualTo(LINES + 2);
      assertThat(FaultRig.numbers(to.stored("dead"))).containsExactly(LINES);
    }
  }
}
