package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.PostgresSettings;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.config.value.Secret;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.TelemetrySidecar;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class PostgresBackendIT {
  private static final long NOON = Instant.parse("2026-07-20T12:00:00Z").toEpochMilli();
  private static final long DAY = 86_400_000;
  private static final Secret PASSWORD = new Secret("s3cret-word");

  private static final class FixedClock implements Clock {
    private volatile long wall = NOON;
    private volatile long added;

    @Override
    public long nanos() {
      return System.nanoTime() + added;
    }

    @Override
    public long wallMillis() {
      return wall;
    }
  }

  @TempDir private static Path data;
  private static EmbeddedPostgres postgres;

  private final FixedClock clock = new FixedClock();
  private final List<PostgresBackend> opened = new CopyOnWriteArrayList<>();
  private String table = "";
  private String database = "postgres";

  private static EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data.resolve("db"))
        .setCleanDataDirectory(false)
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on");
  }

  @BeforeAll
  static void startDatabase() throws IOException {
    postgres = builder().start();
  }

  @AfterAll
  static void stopDatabase() throws IOException {
    postgres.close();
  }

  @BeforeEach
  void nameTable(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
    table = name.substring(0, Math.min(PostgresSettings.MAX_NAME, name.length()));
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresBackend::close);
  }

  private PostgresSettings settings(int port, boolean create, int retentionDays) {
    return new PostgresSettings(
        "127.0.0.1:" + port + '/' + database,
        Map.of(),
        "postgres",
        PASSWORD,
        "",
        table,
        create,
        retentionDays,
        true,
        false);
  }

  private PostgresBackend backend(PostgresSettings settings) {
    var backend = new PostgresBackend(settings, Duration.ofSeconds(10), clock);
    opened.add(backend);
    return backend;
  }

  private PostgresBackend open() throws Exception {
    return open(postgres.getPort(), 0);
  }

  private PostgresBackend open(int port, int retentionDays) throws Exception {
    PostgresBackend backend = backend(settings(port, true, retentionDays));
    backend.open();
    return backend;
  }

  private interface Query<T> {
    T run(Statement statement) throws SQLException;
  }

  private <T> T sql(Query<T> query) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + '/' + database;
    try (Connection connection = DriverManager.getConnection(url, "postgres", "");
        Statement statement = connection.createStatement()) {
      return query.run(statement);
    }
  }

  private void execute(String text) throws SQLException {
    sql(statement -> statement.execute(text));
  }

  private List<String> texts(String query) throws SQLException {
    return sql(
        statement -> {
          List<String> texts = new ArrayList<>();
          try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
              texts.add(rows.getString(1));
            }
          }
          return texts;
        });
  }

  private List<String> values() throws SQLException {
    return texts("SELECT data ->> 'value' FROM " + table + " ORDER BY ingest_id");
  }

  private static String metric(long ts, String value) {
    return "{\"v\":1,\"src\":\"s\",\"ts\":"
        + ts
        + ",\"type\":\"metric\",\"data\":{\"name\":\"n\",\"value\":"
        + value
        + "}}";
  }

  private static TestLines metrics(long first, int count) {
    var lines = new TestLines().numberedFrom(first);
    for (int i = 0; i < count; i++) {
      lines.add("s", NOON + i, metric(NOON + i, Long.toString(first + i)));
    }
    return lines;
  }

  private static BackendException failure(PostgresBackend backend, Batch batch) {
    return catchThrowableOfType(BackendException.class, () -> backend.deliver(batch));
  }

  @Test
  void aMessageIsARowWithAllItsMembers() throws Exception {
    long late = NOON + DAY - 1;
    var lines =
        new TestLines()
            .numberedFrom(7)
            .add(
                "tab\tback\\slash",
                NOON + 5,
                "{\"v\":1,\"src\":\"tab\\tback\\\\slash\",\"ts\":"
                    + (NOON + 5)
                    + ",\"type\":\"metric\",\"tid\":\"t\\n1\",\"sid\":17,\"pid\":\"\",\"data\":{\"name\":\"ä\\\"\\\\\\t\","
                    + "\t\"value\":1.50}}")
            .add(
                "h",
                late,
                "{\"v\":1,\"src\":\"h\",\"ts\":" + late + ".9,\"type\":\"heartbeat\",\"data\":[]}");

    assertThat(open().deliver(lines.batch()).refused()).isEmpty();

    assertThat(
            texts(
                "SELECT concat_ws('|', \"timestamp\" AT TIME ZONE 'UTC', source, type,"
                    + " coalesce(trace_id, 'null'), coalesce(span_id, 'null'),"
                    + " coalesce(parent_span_id, 'null'), data, ingest_id) FROM "
                    + table
                    + " ORDER BY ingest_id"))
        .containsExactly(
            "2026-07-20 12:00:00.005|tab\tback\\slash|metric|t\n1|17|null|"
                + "{\"name\": \"ä\\\"\\\\\\t\", \"value\": 1.50}|00000000-0000-0001-0000-000000000007",
            "2026-07-21 11:59:59.999|h|metric|null|null|null|{}|00000000-0000-0001-0000-000000000008");
  }

  @Test
  void twoEventsOfOneMillisecondAreTwoRows() throws Exception {
    String same = metric(NOON, "1");

    open().deliver(new TestLines().add("s", NOON, same).add("s", NOON, same).batch());

    assertThat(values()).containsExactly("1", "1");
  }

  @Test
  void poisonedRowsAreRefusedAloneAndTheRestIsStored() throws Exception {
    String forged = "\"\\u0000 COPY x, line 1, column data\"";
    var lines = metrics(0, 1);
    lines.add("s", NOON, metric(NOON, forged));
    for (int i = 2; i < 2_000; i++) {
      lines.add("s", NOON, metric(NOON, i == 1_500 ? "1e999999" : Integer.toString(i)));
    }

    var refused = open().deliver(lines.batch()).refused();

    assertThat(refused).extracting(Backend.Refusal::index).containsExactly(1, 1_500);
    assertThat(refused)
        .extracting(Backend.Refusal::deadLetter)
        .containsOnly(DeadLetters.Reason.DATA_ERROR);
    assertThat(refused.get(0).error()).isEqualTo("22P05 unsupported Unicode escape sequence");
    assertThat(refused.get(1).error()).startsWith("22003 ");
    assertThat(values()).hasSize(1_998).doesNotContain("1e999999").contains("0", "2", "1999");
  }

  @Test
  void moreBadRowsThanAreLookedForOneByOneAreHalved() throws Exception {
    PostgresBackend backend = open();
    var lines = new TestLines();
    for (int i = 0; i < 40; i++) {
      lines.add("s", NOON, metric(NOON, i % 2 == 0 ? "\"\\u0000\"" : Integer.toString(i)));
    }

    assertThat(failure(backend, lines.batch()).kind()).isEqualTo(BackendException.Kind.DATA);

    assertThat(values()).isEmpty();
    assertThat(backend.deliver(lines.batch().slice(0, 20)).refused()).hasSize(10);
    assertThat(backend.deliver(lines.batch().slice(20, 40)).refused()).hasSize(10);
    assertThat(values()).hasSize(20);
  }

  @Test
  void whereTheServerDoesNotSayWhichRowItWasTheBatchIsHalved() throws Exception {
    PostgresBackend backend = open();
    execute("ALTER TABLE " + table + " ADD CHECK (data ->> 'value' <> '3')");

    BackendException failure = failure(backend, metrics(0, 5).batch().afterUnknownOutcome());

    assertThat(failure.kind()).isEqualTo(BackendException.Kind.DATA);
    assertThat(failure).hasMessageStartingWith("23514 ");
    assertThat(values()).isEmpty();
    assertThat(backend.deliver(metrics(0, 5).batch()).refused())
        .extracting(Backend.Refusal::index)
        .containsExactly(3);
  }

  /** Commits the rows of a batch, and has the answer lost. */
  private void loseTheAnswer(CuttingProxy proxy, PostgresBackend backend, Batch batch)
      throws SQLException {
    proxy.cutAt("COMMIT", true);

    BackendException failure = failure(backend, batch);

    assertThat(proxy.hasCut()).isTrue();
    assertThat(failure.isUnknown()).isTrue();
    assertThat(failure.kind()).isEqualTo(BackendException.Kind.RETRYABLE);
    assertThat(values()).as("it was committed").hasSize(batch.size());
  }

  @Test
  void aCommitWithoutAnAnswerGivesNoRowTwice() throws Exception {
    try (var proxy = new CuttingProxy(postgres.getPort())) {
      PostgresBackend backend = open(proxy.port(), 0);
      Batch batch = metrics(0, 3_000).batch();
      loseTheAnswer(proxy, backend, batch);

      assertThat(backend.deliver(batch.afterUnknownOutcome()).refused()).isEmpty();

      assertThat(values()).hasSize(3_000);
    }
  }

  /** The same without what keeps rows apart: it is this that the case above would notice. */
  @Test
  void withoutTheKeyTheSameLossGivesEveryRowTwice() throws Exception {
    try (var proxy = new CuttingProxy(postgres.getPort())) {
      PostgresBackend backend = open(proxy.port(), 0);
      execute("ALTER TABLE " + table + " DROP CONSTRAINT " + table + "_pkey");
      Batch batch = metrics(0, 100).batch();
      loseTheAnswer(proxy, backend, batch);

      backend.deliver(batch);

      assertThat(values()).hasSize(200);
    }
  }

  @Test
  void aCommitThatNeverArrivedIsRepeated() throws Exception {
    try (var proxy = new CuttingProxy(postgres.getPort())) {
      PostgresBackend backend = open(proxy.port(), 0);
      Batch batch = metrics(0, 10).batch();
      proxy.cutAt("COMMIT", false);

      assertThat(failure(backend, batch).isUnknown()).isTrue();

      assertThat(values()).isEmpty();
      backend.deliver(batch.afterUnknownOutcome());
      assertThat(values()).hasSize(10);
    }
  }

  @Test
  void aConnectionLostInTheMiddleOfACopyLeavesNothing() throws Exception {
    try (var proxy = new CuttingProxy(postgres.getPort())) {
      PostgresBackend backend = open(proxy.port(), 0);
      Batch batch = metrics(0, 3_000).batch();
      proxy.cutAt("12:00:02.5", false); // a hundred rows, so that one lies in a block

      BackendException failure = failure(backend, batch);

      assertThat(failure.kind()).isEqualTo(BackendException.Kind.RETRYABLE);
      assertThat(failure.isUnknown()).isFalse();
      assertThat(values()).isEmpty();
      backend.deliver(batch);
      assertThat(values()).hasSize(3_000);
    }
  }

  @Test
  void aProcessThatStartsAgainInTheMiddleOfItsBatchesGivesNoRowTwice() throws Exception {
    PostgresBackend first = open();
    first.deliver(metrics(0, 100).batch());
    first.close();

    Batch found = metrics(0, 150).batch().afterUnknownOutcome(); // 100 of them are there
    open().deliver(found);

    assertThat(values()).hasSize(150).doesNotHaveDuplicates();
  }

  @Test
  void aRowThatIsThereAlreadyIsNoDataError() throws Exception {
    PostgresBackend backend = open();
    backend.deliver(metrics(0, 10).batch());

    assertThat(backend.deliver(metrics(5, 10).batch()).refused()).isEmpty();
    assertThat(backend.deliver(metrics(5, 10).batch()).refused()).isEmpty();

    assertThat(texts("SELECT count(DISTINCT ingest_id) FROM " + table)).containsExactly("15");
  }

  @Test
  void daysHavePartitionsAndOldOnesAreDropped() throws Exception {
    long old = NOON - 10 * DAY;
    PostgresBackend backend = open(postgres.getPort(), 3);
    String partitions =
        "SELECT right(relname, 8) FROM pg_class JOIN pg_inherits ON inhrelid = oid"
            + " WHERE relkind = 'r' AND inhparent = '"
            + table
            + "'::regclass ORDER BY 1";
    assertThat(texts(partitions)).containsExactly("20260719", "20260720", "20260721", "20260722");

    backend.deliver(new TestLines().add("s", old, metric(old, "1")).batch());
    assertThat(texts(partitions)).startsWith("20260710", "20260719").hasSize(5);
    clock.wall += DAY;
    clock.added += Duration.ofMinutes(61).toNanos();
    backend.idle();

    assertThat(texts(partitions))
        .containsExactly("20260719", "20260720", "20260721", "20260722", "20260723");
    assertThat(values()).isEmpty();
  }

  @Test
  void aPartitionThatSomebodyDroppedIsMadeAgain() throws Exception {
    PostgresBackend backend = open();
    execute("DROP TABLE \"" + table + "_p20260720\"");

    BackendException failure = failure(backend, metrics(0, 2).batch());

    assertThat(failure.kind()).isEqualTo(BackendException.Kind.RETRYABLE);
    assertThat(failure.reopens()).isTrue();
    backend.open();
    backend.deliver(metrics(0, 2).batch());
    assertThat(values()).hasSize(2);
  }

  @Test
  void severalThatStartTogetherMakeOneTable() throws Exception {
    var starts = new ArrayList<CompletableFuture<Void>>();
    for (int i = 0; i < 4; i++) {
      starts.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  backend(settings(postgres.getPort(), true, 0)).open();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    for (var each : starts) {
      each.get(20, TimeUnit.SECONDS);
    }

    assertThat(texts("SELECT count(*) FROM pg_index WHERE indrelid = '" + table + "'::regclass"))
        .containsExactly("4");
  }

  @Test
  void aTableWithoutIngestIdIsUsedAfterTheStatementInTheError() throws Exception {
    execute(
        "CREATE TABLE "
            + table
            + " (id serial, \"timestamp\" timestamptz, source varchar(300), type varchar(20),"
            + " trace_id text, span_id text, parent_span_id text, data json);"
            + "INSERT INTO "
            + table
            + " (source) VALUES ('a'), ('b')");
    PostgresBackend backend = backend(settings(postgres.getPort(), true, 0));

    var failure = catchThrowableOfType(BackendException.class, backend::open);

    assertThat(failure.kind()).isEqualTo(BackendException.Kind.MISCONFIGURED);
    String text = String.valueOf(failure.getMessage());
    execute(text.substring(text.indexOf("ALTER TABLE")));
    backend.open();
    backend.deliver(metrics(0, 3).batch());
    backend.deliver(metrics(0, 4).batch().afterUnknownOutcome());
    assertThat(texts("SELECT count(*) FROM " + table)).containsExactly("6");
  }

  @Test
  void whatMayNotBeMadeIsToldToBeMissing() throws Exception {
    PostgresBackend backend = backend(settings(postgres.getPort(), false, 0));

    var failure = catchThrowableOfType(BackendException.class, backend::open);

    assertThat(failure.kind()).isEqualTo(BackendException.Kind.MISCONFIGURED);
    assertThat(failure).hasMessageContaining(table).hasMessageContaining("create: false");
  }

  @Test
  void aDatabaseThatIsAwayIsTriedAgainAndThePasswordNotShown() throws Exception {
    int closed;
    try (var proxy = new CuttingProxy(1)) {
      closed = proxy.port();
    }
    var away =
        catchThrowableOfType(
            BackendException.class, () -> backend(settings(closed, true, 0)).open());
    database = "nowhere";
    var missing =
        catchThrowableOfType(
            BackendException.class, () -> backend(settings(postgres.getPort(), true, 0)).open());

    assertThat(away.kind()).isEqualTo(BackendException.Kind.RETRYABLE);
    assertThat(away.reason()).isEqualTo("connection");
    assertThat(missing.kind()).isEqualTo(BackendException.Kind.RETRYABLE);
    assertThat(missing).hasMessageStartingWith("3D000 ");
    for (Throwable each = away; each != null; each = each.getCause()) {
      assertThat(each.toString()).doesNotContain(PASSWORD.reveal());
    }
  }

  @Test
  void whatHangsIsBrokenOff() throws Exception {
    PostgresBackend backend = open();
    String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
    try (Connection other = DriverManager.getConnection(url, "postgres", "");
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
      var delivery = CompletableFuture.supplyAsync(() -> failure(backend, metrics(0, 1).batch()));
      Awaitility.await()
          .until(
              () ->
                  texts("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                      .equals(List.of("1")));

      backend.abort();

      assertThat(delivery.get(10, TimeUnit.SECONDS).kind())
          .isEqualTo(BackendException.Kind.RETRYABLE);
      other.rollback();
    }
    backend.deliver(metrics(0, 1).batch());
    assertThat(values()).containsExactly("0");
  }

  /** The extension itself is not there: functions of the same names note how they are called. */
  @Test
  void withTimescaleTheTableBecomesAHypertable() throws Exception {
    execute("CREATE DATABASE stub");
    database = "stub";
    execute(
        "CREATE TABLE calls (n serial, text text);"
            + "CREATE FUNCTION create_hypertable(relation regclass, time_column_name name,"
            + " chunk_time_interval anyelement, if_not_exists boolean) RETURNS void LANGUAGE sql AS"
            + " $$ INSERT INTO calls (text) VALUES (concat_ws(' ', 'create', relation,"
            + " time_column_name, chunk_time_interval, if_not_exists)) $$;"
            + "CREATE FUNCTION remove_retention_policy(relation regclass, if_exists boolean)"
            + " RETURNS void LANGUAGE sql AS"
            + " $$ INSERT INTO calls (text) VALUES (concat_ws(' ', 'remove', relation)) $$;"
            + "CREATE FUNCTION add_retention_policy(relation regclass, drop_after anyelement,"
            + " if_not_exists boolean) RETURNS void LANGUAGE sql AS"
            + " $$ INSERT INTO calls (text) VALUES (concat_ws(' ', 'add', relation, drop_after)) $$;"
            + "CREATE SCHEMA timescaledb_information;"
            + "CREATE VIEW timescaledb_information.hypertables AS SELECT nspname AS"
            + " hypertable_schema, relname AS hypertable_name FROM pg_class JOIN pg_namespace n"
            + " ON n.oid = relnamespace WHERE relkind = 'r';"
            + "INSERT INTO pg_extension VALUES (99999, 'timescaledb', 10, 2200, false, '0', NULL,"
            + " NULL)");

    open(postgres.getPort(), 7).deliver(metrics(0, 2).batch());
    open(postgres.getPort(), 0);

    assertThat(texts("SELECT text FROM calls ORDER BY n"))
        .containsExactly(
            "create " + table + " timestamp 1 day t",
            "remove " + table,
            "add " + table + " 7 days");
    assertThat(texts("SELECT relkind FROM pg_class WHERE relname = '" + table + "'"))
        .containsExactly("r");
    assertThat(values()).hasSize(2);
  }

  /** A sidecar that fills the table, with the actors it runs on. */
  private record Running(TelemetrySidecar sidecar, int port, ActorTestKit kit)
      implements AutoCloseable {
    Socket connect() throws IOException {
      return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void close() throws Exception {
      try {
        sidecar.unbind();
        sidecar.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
        sidecar.stop(Duration.ofSeconds(2));
      } finally {
        kit.shutdownTestKit();
      }
    }
  }

  private Running running(Path dir, Clock now, String backend, String rules) throws Exception {
    Path yaml =
        Files.writeString(
            dir.resolve("sidecar.yaml"),
            "tcp: {port: auto}\nbuffers: {flush_interval: 10ms}\nhot_reload: {enabled: false}\n"
                + "backends:\n  pg:\n    type: timescaledb\n    config: {connection_string:"
                + " 'postgresql://postgres:x@127.0.0.1:"
                + postgres.getPort()
                + "/postgres', table: "
                + table
                + "}\n"
                + backend
                + rules);
    var source = new TelemetryFileSource(yaml, Map.of(), Map.of());
    var kit =
        ActorTestKit.create(
            ConfigFactory.parseString("pekko.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
    var sidecar =
        new TelemetrySidecar(
            kit.system(),
            source.read(),
            source,
            new TelemetrySidecar.Parts(
                BackendFactory.standard(now, new SeriesShelf()),
                new DeadLetterStore(dir.resolve("dlq"), now),
                dir.resolve("history"),
                dir.resolve("spool"),
                now,
                new Random(5)));
    int port = sidecar.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
    return new Running(sidecar, port, kit);
  }

  private static String traced(String src, String tid, long ts, String type, String data) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + ts
        + ",\"type\":\""
        + type
        + "\",\"tid\":\""
        + tid
        + "\","
        + data.replace('\'', '"')
        + "}\n";
  }

  @Test
  void aTraceThatIsOverIsARowOfItsOwn(@TempDir Path dir) throws Exception {
    String rules =
        "correlation: {linger: 50ms}\nglobal: [{backend: pg, filter: {types: [trace]}}]\n";
    String whole = "'sid':'x','data':{'name':'%s','start':%d,'end':%d,'status':'ok','tags':{}}";
    try (var running = running(dir, clock, "", rules);
        Socket socket = running.connect()) {
      socket
          .getOutputStream()
          .write(
              (traced(
                          "queue-service",
                          "job-1",
                          NOON,
                          "span",
                          "'sid':'a1','pid':null,'data':{'name':'process_job','start':"
                              + NOON
                              + ",'end':null,'status':'started','tags':{}}")
                      + traced(
                          "queue-service",
                          "job-1",
                          NOON + 1,
                          "event",
                          "'sid':'a1','data':{'level':'info','msg':'Job dequeued','ctx':{}}")
                      + traced(
                          "db-loader",
                          "job-1",
                          NOON + 100,
                          "span",
                          "'sid':'b2','pid':'a1','data':{'name':'load_data','start':"
                              + (NOON + 100)
                              + ",'end':null,'status':'started','tags':{}}")
                      + traced(
                          "db-loader",
                          "job-1",
                          NOON + 1_500,
                          "span",
                          "'sid':'b2','data':{'name':'','start':0,'end':"
                              + (NOON + 1_500)
                              + ",'status':'success','tags':{'rows':3}}")
                      + traced(
                          "queue-service",
                          "job-1",
                          NOON + 1_612,
                          "span",
                          "'sid':'a1','data':{'name':'','start':0,'end':"
                              + (NOON + 1_612)
                              + ",'status':'success','tags':{}}")
                      + traced(
                          "poison",
                          "job-2",
                          NOON,
                          "span",
                          String.format(Locale.ROOT, whole, "\\u0000", NOON, NOON + 5)))
                  .getBytes(UTF_8));
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(
              () -> {
                Ledger ledger = running.sidecar().ledger();
                assertThat(ledger.derived()).as(ledger.toString()).isEqualTo(2);
                assertThat(ledger.inFlight()).as(ledger.toString()).isZero();
                assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
              });

      Ledger ledger = running.sidecar().ledger();
      assertThat(ledger.delivered()).as("what PostgreSQL takes").isEqualTo(1);
      assertThat(ledger.deadLettered()).as("what it does not, alone").isEqualTo(1);
      assertThat(ledger.dropped()).as("the messages themselves have no way there").isEqualTo(6);
    }
    assertThat(
            texts(
                "SELECT concat_ws('|', \"timestamp\" AT TIME ZONE 'UTC', source, type, trace_id,"
                    + " coalesce(span_id, 'null'), coalesce(parent_span_id, 'null')) FROM "
                    + table))
        .containsExactly("2026-07-20 12:00:01.612|queue-service|trace|job-1|null|null");
    String record =
        """
        {"complete":true,"reason":"root_end","late":false,"start":%1$d,"end":%4$d,"duration_ms":1612,
        "sources":[{"src":"queue-service","messages":3,"busy_ms":1612},
         {"src":"db-loader","messages":2,"busy_ms":1400}],
        "counts":{"event":1,"metric":0,"progress":0,"resource":0,"span":4},
        "roots":[{"sid":"a1","name":"process_job","src":"queue-service","start":%1$d,"end":%4$d,
          "duration_ms":1612,"status":"success","tags":{},
          "children":[{"sid":"b2","name":"load_data","src":"db-loader","start":%2$d,"end":%3$d,
            "duration_ms":1400,"status":"success","tags":{"rows":3},"children":[]}]}],
        "items":[{"ts":%5$d,"src":"queue-service","type":"event","sid":"a1","level":"info",
          "msg":"Job dequeued"}],"items_dropped":0}
        """
            .formatted(NOON, NOON + 100, NOON + 1_500, NOON + 1_612, NOON + 1);
    assertThat(texts("SELECT data::text FROM " + table))
        .isEqualTo(texts("SELECT '" + record + "'::jsonb::text"));
  }

  @Test
  @Tag("fault")
  void aDatabaseThatStopsAndStartsLosesAndDoublesNothing(@TempDir Path dir) throws Exception {
    int port = postgres.getPort();
    String backend =
        "    retry: {base: 10ms, cap: 100ms}\n    when_down: drop_newest\n"
            + "    circuit_breaker: {timeout: 100ms}\n";
    try (var running =
        running(dir, Clock.system(), backend, "routing: {default: [{backend: pg}]}\n")) {
      TelemetrySidecar sidecar = running.sidecar();
      try (Socket socket = running.connect()) {
        OutputStream out = socket.getOutputStream();
        send(out, 0, 5_000);
        Awaitility.await().until(() -> sidecar.ledger().delivered() > 0);
        postgres.close(); // in the middle of the batches
        send(out, 5_000, 10_000);
        Awaitility.await()
            .until(() -> sidecar.ledger().received() == 10_000 && sidecar.ledger().inFlight() > 0);
        postgres = builder().setPort(port).start();
        send(out, 10_000, 15_000);
        Awaitility.await()
            .atMost(20, TimeUnit.SECONDS)
            .untilAsserted(
                () -> {
                  Ledger ledger = sidecar.ledger();
                  assertThat(ledger.delivered()).as(ledger.toString()).isEqualTo(15_000);
                  assertThat(ledger.inFlight()).isZero();
                  assertThat(ledger.imbalance()).isZero();
                });
      }
      assertThat(
              texts("SELECT concat(count(*), ' ', count(DISTINCT data ->> 'value')) FROM " + table))
          .containsExactly("15000 15000");
    }
  }

  private static void send(OutputStream out, int from, int to) throws IOException {
    var text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(metric(System.currentTimeMillis(), Integer.toString(i))).append('\n');
    }
    out.write(text.toString().getBytes(UTF_8));
    out.flush();
  }
}
