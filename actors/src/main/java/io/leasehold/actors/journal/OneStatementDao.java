package io.leasehold.actors.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;
import slick.dbio.DBIOAction;
import slick.jdbc.JdbcBackend.JdbcActionContext;
import slick.jdbc.JdbcBackend.JdbcDatabaseDef;
import slick.jdbc.JdbcProfile;
import slick.jdbc.PostgresProfile;
import slick.jdbc.SimpleJdbcAction;

/**
 * The journal plugin's access to its table, with one difference: what many journals commit at the
 * same time goes to PostgreSQL through a {@link CommitQueue}, as one statement that is a
 * transaction of its own. The plugin's way is a transaction of several statements, each of which
 * runs the trigger of the fence and is answered on its own.
 *
 * <p>Other databases, and events with tags or metadata, which we do not write, take the plugin's
 * way. The plugin makes it by its name, which stands in {@code leasehold-pekko.conf}. Safe for any
 * thread.
 */
public final class OneStatementDao extends DefaultJournalDao {
  /** What a hundred single puts have: it is worth a statement of its own on a second core. */
  private static final long BESIDE_BYTES = 16 << 10;

  /** Larger statements are no cheaper by the row. */
  private static final int MAX_ROWS = 128;

  /** One journal may have a group of 4 MiB under way; with more of them the memory adds up. */
  private static final long MAX_BYTES = 8L << 20;

  private static final String INSERT =
      "INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,"
          + " adapter_manifest, event_ser_id, event_ser_manifest, event_payload)"
          + " SELECT unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::varchar[]),"
          + " unnest(?::bigint[]), unnest(?::varchar[]), unnest(?::integer[]),"
          + " unnest(?::varchar[]), unnest(?::bytea[])";

  /** Two nodes that write the same journals wait for each other, but never both. */
  private static final Comparator<JournalPekkoSerializationRow> IN_ONE_ORDER =
      Comparator.comparing(JournalPekkoSerializationRow::persistenceId)
          .thenComparingLong(JournalPekkoSerializationRow::sequenceNumber);

  private final @Nullable CommitQueue<JournalPekkoSerializationRow> queue;

  /** Called by the plugin. */
  public OneStatementDao(
      JdbcDatabaseDef database,
      JdbcProfile profile,
      JournalConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
    var plugin = config.daoConfig();
    queue =
        profile instanceof PostgresProfile
            ? new CommitQueue<>(
                new CommitQueue.Bounds(
                    plugin.parallelism(), BESIDE_BYTES, plugin.bufferSize(), MAX_ROWS, MAX_BYTES),
                new Insert(),
                this::run,
                executor)
            : null;
  }

  @Override
  public Future<BoxedUnit> queueWriteJournalRows(
      Seq<Tuple2<JournalPekkoSerializationRow, scala.collection.immutable.Set<String>>> rows) {
    if (queue == null) {
      return super.queueWriteJournalRows(rows);
    }
    List<JournalPekkoSerializationRow> plain = new ArrayList<>(rows.size());
    var each = rows.iterator();
    while (each.hasNext()) {
      var row = each.next();
      if (row._2().nonEmpty() || row._1().metaPayload().nonEmpty()) {
        return super.queueWriteJournalRows(rows);
      }
      plain.add(row._1());
    }
    return queue.commit(plain);
  }

  /**
   * In slick's own threads, on its connections; outside a transaction of slick each statement is
   * one. That an action of any effect may be run is beyond the types of Java.
   */
  @SuppressWarnings({"rawtypes", "unchecked"})
  private void run(Consumer<Connection> work, Consumer<Throwable> failed) {
    Function1<JdbcActionContext, BoxedUnit> action =
        context -> {
          work.accept(context.connection());
          return BoxedUnit.UNIT;
        };
    Future<BoxedUnit> done;
    try {
      done = db().run((DBIOAction) new SimpleJdbcAction<>(action));
    } catch (RuntimeException e) { // closed, or more waits for its threads than it takes
      failed.accept(e);
      return;
    }
    done.failed()
        .foreach(
            failure -> {
              failed.accept(failure);
              return BoxedUnit.UNIT;
            },
            ec());
  }

  private static final class Insert implements CommitQueue.Statement<JournalPekkoSerializationRow> {
    @Override
    public long bytes(JournalPekkoSerializationRow row) {
      return row.eventPayload().length;
    }

    @Override
    public void write(Connection connection, List<JournalPekkoSerializationRow> rows)
        throws SQLException {
      rows.sort(IN_ONE_ORDER);
      insert(connection, rows);
    }
  }

  private static void insert(Connection connection, List<JournalPekkoSerializationRow> rows)
      throws SQLException {
    int n = rows.size();
    var ids = new String[n];
    var numbers = new Long[n];
    var writers = new String[n];
    var times = new Long[n];
    var adapters = new String[n];
    var serializers = new Integer[n];
    var manifests = new String[n];
    var payloads = new byte[n][];
    for (int i = 0; i < n; i++) {
      JournalPekkoSerializationRow row = rows.get(i);
      ids[i] = row.persistenceId();
      numbers[i] = row.sequenceNumber();
      writers[i] = row.writer();
      times[i] = row.writeTimestamp();
      adapters[i] = row.adapterManifest();
      serializers[i] = row.eventSerId();
      manifests[i] = row.eventSerManifest();
      payloads[i] = row.eventPayload();
    }
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setArray(1, connection.createArrayOf("varchar", ids));
      insert.setArray(2, connection.createArrayOf("int8", numbers));
      insert.setArray(3, connection.createArrayOf("varchar", writers));
      insert.setArray(4, connection.createArrayOf("int8", times));
      insert.setArray(5, connection.createArrayOf("varchar", adapters));
      insert.setArray(6, connection.createArrayOf("int4", serializers));
      insert.setArray(7, connection.createArrayOf("varchar", manifests));
      insert.setArray(8, connection.createArrayOf("bytea", payloads));
      insert.executeUpdate();
    }
  }
}
