package io.leasehold.actors.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.leasehold.actors.cluster.PekkoSettings;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many journals of one node are committed at once on PostgreSQL. */
class OneStatementDaoIT {
  private static final int JOURNALS = 40;
  private static final int GROUPS = 25;

  /** The journal that another writer has gone on with. */
  private static final int FENCED = 17;

  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private TestPostgres postgres;

  /** The journals of a node. */
  private static final class Node implements AutoCloseable {
    final ActorTestKit kit;
    final List<TestProbe<JournalSignal<String>>> gates = new ArrayList<>();
    final List<ActorRef<GroupWriter.Command<String>>> writers = new ArrayList<>();

    Node(Config settings) {
      kit = ActorTestKit.create("leasehold", settings);
      for (int i = 0; i < JOURNALS; i++) {
        TestProbe<JournalSignal<String>> gate = kit.createTestProbe();
        gates.add(gate);
        writers.add(
            kit.spawn(
                GroupWriter.create(
                    "journal-" + i,
                    TextModel::new,
                    SnapshotPolicy.after(1_000_000),
                    gate.getRef()::tell)));
      }
      gates.forEach(gate -> receive(gate, GroupWriter.Recovered.class));
    }

    void commit(int journal, int number) {
      writers.get(journal).tell(new GroupWriter.Commit<>(number, List.of("line " + number)));
    }

    @Override
    public void close() {
      kit.shutdownTestKit();
    }
  }

  @BeforeEach
  void start() throws Exception {
    postgres = TestPostgres.start();
    postgres.execute("CREATE TABLE noted (transaction BIGINT, in_it BIGINT)");
    postgres.execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " INSERT INTO noted SELECT txid_current(), count(*) FROM written;"
            + " RETURN NULL; END $$");
    postgres.execute(
        "CREATE TRIGGER note AFTER INSERT ON event_journal REFERENCING NEW TABLE AS written"
            + " FOR EACH STATEMENT EXECUTE FUNCTION note()");
  }

  @AfterEach
  void stop() throws Exception {
    postgres.close();
  }

  private Config settings() {
    return PekkoSettings.of("127.0.0.1", 0, 1, postgres.journal());
  }

  /** Each journal has one group after the other, all journals at the same time. */
  @Test
  void whatManyJournalsCommitTogetherIsOneStatementEach() throws Exception {
    try (var node = new Node(settings())) {
      for (int number = 1; number <= GROUPS; number++) {
        for (int journal = 0; journal < JOURNALS; journal++) {
          node.commit(journal, number);
        }
        node.gates.forEach(gate -> receive(gate, GroupWriter.Committed.class));
      }
    }
    assertThat(postgres.number("SELECT COUNT(*) FROM event_journal"))
        .isEqualTo((long) JOURNALS * GROUPS);
    assertThat(postgres.number("SELECT SUM(in_it) FROM noted")).isEqualTo((long) JOURNALS * GROUPS);
    assertThat(postgres.number("SELECT COUNT(*) - COUNT(DISTINCT transaction) FROM noted"))
        .as("statements that were not the only one of their transaction")
        .isZero();
  }

  @Test
  void whatComesWhileAStatementIsUnderWayGoesWithTheNext() throws Exception {
    try (var node = new Node(settings())) {
      commitAllBehindOne(node);
      node.gates.forEach(gate -> receive(gate, GroupWriter.Committed.class));
    }
    assertThat(postgres.number("SELECT COUNT(*) FROM noted")).as("statements").isEqualTo(2);
    assertThat(postgres.number("SELECT MAX(in_it) FROM noted")).isEqualTo(JOURNALS - 1L);
  }

  @Test
  void aJournalThatMeetsItsFenceDoesNotTakeTheOthersWithIt() throws Exception {
    try (var node = new Node(settings())) {
      anotherGoesOn();
      commitAllBehindOne(node);
      assertThat(failed(node)).containsExactly(FENCED);
    }
  }

  @Test
  void inThePluginsOwnWayItTakesThemAll() throws Exception {
    String plugins = "jdbc-journal.dao = " + DefaultJournalDao.class.getName();
    try (var node = new Node(ConfigFactory.parseString(plugins).withFallback(settings()))) {
      anotherGoesOn();
      commitAllBehindOne(node);
      assertThat(failed(node)).hasSizeGreaterThan(JOURNALS / 2);
    }
  }

  private void anotherGoesOn() throws Exception {
    postgres.execute(
        "INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,"
            + " adapter_manifest, event_ser_id, event_ser_manifest, event_payload)"
            + " VALUES ('journal-"
            + FENCED
            + "', 1, 'another', 0, '', 1, '', '')");
  }

  /** All journals commit while the statement of the first of them is kept waiting. */
  private void commitAllBehindOne(Node node) throws Exception {
    try (Connection connection = postgres.database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE event_journal IN SHARE MODE");
      node.commit(0, 1);
      await()
          .atMost(PATIENCE)
          .until(() -> postgres.number("SELECT COUNT(*) FROM pg_locks WHERE NOT granted") == 1);
      for (int journal = 1; journal < JOURNALS; journal++) {
        node.commit(journal, 1);
      }
      node.gates.get(JOURNALS - 1).expectNoMessage(Duration.ofMillis(500)); // it waits in line
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  /** The journals whose group was not committed. */
  private static List<Integer> failed(Node node) {
    return IntStream.range(0, JOURNALS)
        .filter(each -> node.gates.get(each).receiveMessage(PATIENCE) instanceof GroupWriter.Failed)
        .boxed()
        .toList();
  }

  private static void receive(TestProbe<JournalSignal<String>> gate, Class<?> expected) {
    assertThat(gate.receiveMessage(PATIENCE)).isInstanceOf(expected);
  }
}
