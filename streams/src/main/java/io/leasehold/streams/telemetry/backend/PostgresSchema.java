package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.PostgresSettings;
import io.leasehold.domain.time.Clock;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of a backend: made if it is missing, used as it is if it is there; its partitions by
 * UTC day. All changes are made under one advisory lock, so that processes that start together do
 * not meet. Connections come with auto-commit off and go with no transaction open. Safe for any
 * thread; everything blocks, waiting for locks {@value #LOCK_TIMEOUT} at most.
 */
final class PostgresSchema {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final String LOCK_TIMEOUT = "2s";
  private static final int DAYS_AHEAD = 2;

  /** Days that are known to have a partition; more are forgotten and asked for again. */
  private static final int MAX_KNOWN = 4_096;

  private static final DateTimeFormatter SUFFIX = DateTimeFormatter.ofPattern("yyyyMMdd");
  private static final List<String> COLUMNS =
      List.of(
          "timestamp",
          "source",
          "type",
          "trace_id",
          "span_id",
          "parent_span_id",
          "data",
          "ingest_id");

  /** A partition by other bounds, or the default one, takes the day. */
  private static final Set<String> COVERED = Set.of("42P17", "23514");

  private final PostgresSettings settings;
  private final Clock clock;
  private final Set<Long> known = ConcurrentHashMap.newKeySet();
  private volatile Layout layout = new Layout("", "", "", false);

  /**
   * What was found.
   *
   * @param name quoted, with its schema
   * @param key columns by which a row is known to be there already
   */
  private record Layout(String schema, String name, String key, boolean partitioned) {}

  PostgresSchema(PostgresSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** The table with its schema, quoted. */
  String table() {
    return layout.name;
  }

  /** The columns of the unique index that holds the ingest id, for {@code ON CONFLICT}. */
  String key() {
    return layout.key;
  }

  /** Makes what is missing and looks at what is there. */
  void prepare(Connection connection) throws SQLException, BackendException {
    known.clear();
    try (Statement sql = connection.createStatement()) {
      lock(sql);
      boolean extension =
          settings.hypertable()
              && isTrue(
                  sql, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')");
      String wanted =
          (settings.schema().isEmpty() ? "" : quoted(settings.schema()) + '.')
              + quoted(settings.table());
      if (!isTrue(sql, "SELECT to_regclass('" + wanted + "') IS NOT NULL")) {
        if (!settings.create()) {
          throw BackendException.misconfigured(
              "table " + wanted + " is missing, and create: false forbids to make it", null);
        }
        create(sql, wanted, extension);
        if (!extension && settings.expectsExtension() && settings.hypertable()) {
          LOG.warn(
              "{}: the extension timescaledb is not installed in it: {} has plain partitions",
              settings.address(),
              wanted);
        }
      }
      layout = look(sql, wanted);
      if (extension && settings.create() && settings.retentionDays() > 0) {
        retainHypertable(sql);
      }
      connection.commit();
    }
    maintain(connection);
  }

  private static void create(Statement sql, String table, boolean hypertable) throws SQLException {
    sql.execute(
        "CREATE TABLE IF NOT EXISTS "
            + table
            + " (\"timestamp\" timestamptz NOT NULL, source text NOT NULL, type text NOT NULL,"
            + " trace_id text, span_id text, parent_span_id text, data jsonb,"
            + " ingest_id uuid NOT NULL, PRIMARY KEY (\"timestamp\", ingest_id))"
            + (hypertable ? "" : " PARTITION BY RANGE (\"timestamp\")"));
    for (String column : List.of("source", "trace_id", "type")) {
      sql.execute("CREATE INDEX ON " + table + " (" + column + ", \"timestamp\" DESC)");
    }
    if (hypertable) {
      sql.execute(
          "SELECT create_hypertable('"
              + table
              + "', 'timestamp', chunk_time_interval => INTERVAL '1 day', if_not_exists => TRUE)");
    }
  }

  private Layout look(Statement sql, String wanted) throws SQLException, BackendException {
    long oid;
    String schema;
    try (ResultSet found =
        sql.executeQuery(
            "SELECT c.oid, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.oid = to_regclass('"
                + wanted
                + "')")) {
      found.next();
      oid = found.getLong(1);
      schema = found.getString(2);
    }
    String name = quoted(schema) + '.' + quoted(settings.table());
    List<String> missing = new ArrayList<>(COLUMNS);
    missing.removeAll(
        texts(
            sql,
            "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = "
                + oid));
    if (missing.equals(List.of("ingest_id"))) {
      throw BackendException.misconfigured(
          "table "
              + name
              + " has no ingest_id, without which a retry would store rows twice: ALTER TABLE "
              + name
              + " ADD COLUMN ingest_id uuid NOT NULL DEFAULT gen_random_uuid(),"
              + " ADD UNIQUE (\"timestamp\", ingest_id)",
          null);
    }
    if (!missing.isEmpty()) {
      throw BackendException.misconfigured(
          "table " + name + " has no columns " + String.join(", ", missing), null);
    }
    List<String> keys =
        texts(
            sql,
            "SELECT string_agg('\"' || a.attname || '\"', ', ' ORDER BY a.attname)"
                + " FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                + " AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])"
                + " WHERE i.indisunique AND i.indisvalid AND i.indimmediate"
                + " AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indrelid = "
                + oid
                + " GROUP BY i.indexrelid");
    keys.retainAll(Set.of("\"ingest_id\"", "\"ingest_id\", \"timestamp\""));
    if (keys.isEmpty()) {
      throw BackendException.misconfigured(
          "table "
              + name
              + " has no unique index on (\"timestamp\", ingest_id), without which a retry would"
              + " store rows twice: CREATE UNIQUE INDEX ON "
              + name
              + " (\"timestamp\", ingest_id)",
          null);
    }
    boolean partitioned =
        isTrue(
            sql,
            "SELECT EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_attribute a"
                + " ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]"
                + " WHERE p.partstrat = 'r' AND p.partnatts = 1 AND a.attname = 'timestamp'"
                + " AND p.partrelid = "
                + oid
                + ")");
    return new Layout(schema, name, keys.get(0), partitioned);
  }

  private void retainHypertable(Statement sql) throws SQLException {
    boolean hypertable =
        isTrue(
            sql,
            "SELECT EXISTS (SELECT FROM timescaledb_information.hypertables"
                + " WHERE hypertable_schema = '"
                + layout.schema.replace("'", "''")
                + "' AND hypertable_name = '"
                + settings.table()
                + "')");
    if (hypertable) { // a policy with another interval is not changed by if_not_exists
      String name = "'" + layout.name.replace("'", "''") + "'";
      sql.execute("SELECT remove_retention_policy(" + name + ", if_exists => TRUE)");
      sql.execute(
          "SELECT add_retention_policy("
              + name
              + ", INTERVAL '"
              + settings.retentionDays()
              + " days', if_not_exists => TRUE)");
    }
  }

  /** Makes partitions from yesterday to two days ahead, drops those that are too old. */
  void maintain(Connection connection) throws SQLException {
    if (!layout.partitioned || !settings.create()) {
      return;
    }
    long today = Math.floorDiv(clock.wallMillis(), PostgresRows.DAY_MILLIS);
    var days = new TreeSet<Long>();
    for (long day = today - 1; day <= today + DAYS_AHEAD; day++) {
      days.add(day);
    }
    known.clear(); // somebody may have dropped one
    cover(connection, days);
    if (settings.retentionDays() > 0) {
      dropBefore(connection, LocalDate.ofEpochDay(today - settings.retentionDays()));
    }
  }

  /**
   * Sees to it that each of these days has a partition.
   *
   * @param days since the epoch, UTC
   */
  void cover(Connection connection, Set<Long> days) throws SQLException {
    if (!layout.partitioned || !settings.create()) {
      return;
    }
    if (known.size() > MAX_KNOWN) {
      known.clear();
    }
    for (long day : days) {
      if (!known.contains(day)) {
        partition(connection, LocalDate.ofEpochDay(day));
        known.add(day);
      }
    }
  }

  private void partition(Connection connection, LocalDate day) throws SQLException {
    String name =
        quoted(layout.schema) + '.' + quoted(settings.table() + "_p" + day.format(SUFFIX));
    try (Statement sql = connection.createStatement()) {
      lock(sql);
      if (!isTrue(sql, "SELECT to_regclass('" + name.replace("'", "''") + "') IS NOT NULL")) {
        // ATTACH lets others go on writing; CREATE ... PARTITION OF would lock them out
        sql.execute(
            "CREATE TABLE IF NOT EXISTS "
                + name
                + " (LIKE "
                + layout.name
                + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)");
        sql.execute(
            "ALTER TABLE "
                + layout.name
                + " ATTACH PARTITION "
                + name
                + " FOR VALUES FROM ('"
                + day
                + " 00:00:00+00') TO ('"
                + day.plusDays(1)
                + " 00:00:00+00')");
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (!COVERED.contains(PostgresErrors.state(e))) {
        throw e;
      }
    }
  }

  private void dropBefore(Connection connection, LocalDate first) throws SQLException {
    String prefix = settings.table() + "_p";
    List<String> names;
    try (Statement sql = connection.createStatement()) {
      names =
          texts(
              sql,
              "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                  + " WHERE i.inhparent = to_regclass('"
                  + layout.name.replace("'", "''")
                  + "') AND c.relname ~ '^"
                  + prefix
                  + "[0-9]{8}$' AND c.relname < '"
                  + prefix
                  + first.format(SUFFIX)
                  + "' ORDER BY 1");
      connection.commit();
    }
    for (String each : names) {
      try (PreparedStatement drop =
          connection.prepareStatement(
              "DROP TABLE IF EXISTS " + quoted(layout.schema) + '.' + quoted(each))) {
        try (Statement sql = connection.createStatement()) {
          lock(sql);
        }
        drop.execute();
        connection.commit();
        LOG.info("{}: partition {} dropped, older than retention_days", layout.name, each);
      }
    }
  }

  private void lock(Statement sql) throws SQLException {
    sql.execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
    sql.execute(
        "SELECT pg_advisory_xact_lock(hashtext('leasehold telemetry " + settings.table() + "'))");
  }

  private static boolean isTrue(Statement sql, String query) throws SQLException {
    try (ResultSet row = sql.executeQuery(query)) {
      return row.next() && row.getBoolean(1);
    }
  }

  private static List<String> texts(Statement sql, String query) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (ResultSet rows = sql.executeQuery(query)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
