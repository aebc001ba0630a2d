package io.leasehold.actors.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.PekkoSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * Two nodes that both believe they own a journal, on one PostgreSQL: what both acknowledge can
 * never be two histories. The last two tests take the fence away and show that the others would
 * notice.
 */
class WriterFenceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static TestPostgres postgres;

  /** One of the two. */
  private static final class Node implements AutoCloseable {
    final ActorTestKit kit =
        ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1, postgres.journal()));
    final TestProbe<JournalSignal<String>> gate = kit.createTestProbe();
    final ActorRef<GroupWriter.Command<String>> writer;
    private long number;

    Node(String id) {
      writer =
          kit.spawn(
              GroupWriter.create(
                  id, TextModel::new, SnapshotPolicy.after(1_000_000), gate.getRef()::tell));
      number = recovered().lastNumber();
    }

    GroupWriter.Recovered<String> recovered() {
      while (true) {
        var signal = gate.receiveMessage(PATIENCE);
        if (signal instanceof GroupWriter.Recovered<String> recovered) {
          number = recovered.lastNumber();
          return recovered;
        }
      }
    }

    /** Whether the group was acknowledged. */
    boolean commits(String line) {
      writer.tell(new GroupWriter.Commit<>(++number, List.of(line)));
      var signal = gate.receiveMessage(PATIENCE);
      if (signal instanceof GroupWriter.Failed<String> failed) {
        assertThat(failed.reason()).doesNotContain("insert").hasSizeLessThan(170);
        return false;
      }
      assertThat(signal).isInstanceOf(GroupWriter.Committed.class);
      return true;
    }

    static List<String> lines(GroupWriter.Recovered<String> recovered) {
      return ((TextModel) recovered.model()).lines;
    }

    @Override
    public void close() {
      kit.shutdownTestKit();
    }
  }

  private String id;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestPostgres.start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void name(TestInfo test) {
    id = test.getTestMethod().orElseThrow().getName();
  }

  @AfterEach
  void fenceIsBack() throws Exception {
    postgres.execute("ALTER TABLE event_journal ENABLE TRIGGER leasehold_fence");
  }

  @Test
  void ofTwoWritersTheSecondToCommitANumberFailsAndReadsWhatTheFirstWrote() {
    try (var one = new Node(id);
        var other = new Node(id)) {
      assertThat(one.commits("one")).isTrue();
      assertThat(other.commits("other")).isFalse();

      assertThat(Node.lines(other.recovered())).containsExactly("one");
      assertThat(other.commits("other again")).isTrue();
      assertThat(one.commits("one again")).isFalse();
      assertThat(Node.lines(one.recovered())).containsExactly("one", "other again");
    }
  }

  @Test
  void aWriterThatSleptThroughTheDeletionOfTheNextNumbersStaysOut() throws Exception {
    try (var sleeper = new Node(id);
        var other = new Node(id)) {
      for (int i = 1; i <= 5; i++) {
        assertThat(other.commits("line " + i)).isTrue();
      }
      deleteBefore(5);
      assertThat(events()).isEqualTo(1);

      assertThat(sleeper.commits("woken")).isFalse();

      assertThat(other.commits("line 6")).isTrue();
      assertThat(events()).isEqualTo(2);
    }
  }

  /** The same while the deletion is under way: the row of the sleeper waits for it, and loses. */
  @Test
  void aWriterThatWakesDuringTheDeletionStaysOut() throws Exception {
    try (var sleeper = new Node(id);
        var other = new Node(id)) {
      for (int i = 1; i <= 3; i++) {
        assertThat(other.commits("line " + i)).isTrue();
      }
      try (var connection = postgres.database.dataSource().getConnection();
          var statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO leasehold_journal_floor VALUES ('" + id + "', 3)");
        statement.execute(
            "DELETE FROM event_journal WHERE persistence_id = '"
                + id
                + "' AND sequence_number < 3");
        sleeper.writer.tell(new GroupWriter.Commit<>(1, List.of("woken")));
        sleeper.gate.expectNoMessage(Duration.ofMillis(300)); // it waits for the deletion
        connection.commit();
        connection.setAutoCommit(true);
      }

      assertThat(sleeper.gate.receiveMessage(PATIENCE)).isInstanceOf(GroupWriter.Failed.class);
      assertThat(events()).isEqualTo(1);
    }
  }

  @Test
  void withoutTheFloorTheSleeperWouldBeAcknowledged() throws Exception {
    postgres.execute("ALTER TABLE event_journal DISABLE TRIGGER leasehold_fence");
    try (var sleeper = new Node(id);
        var other = new Node(id)) {
      for (int i = 1; i <= 5; i++) {
        assertThat(other.commits("line " + i)).isTrue();
      }
      deleteBefore(5);

      assertThat(sleeper.commits("woken")).isTrue();
    }
  }

  @Test
  void withoutThePrimaryKeyBothWouldBeAcknowledged() throws Exception {
    postgres.execute("ALTER TABLE event_journal DROP CONSTRAINT event_journal_pkey");
    try (var one = new Node(id);
        var other = new Node(id)) {
      assertThat(one.commits("one")).isTrue();
      assertThat(other.commits("other")).isTrue();
    } finally {
      postgres.execute("DELETE FROM event_journal WHERE persistence_id = '" + id + "'");
      postgres.execute(
          "ALTER TABLE event_journal ADD PRIMARY KEY (persistence_id, sequence_number)");
    }
  }

  private void deleteBefore(long number) throws Exception {
    postgres
        .database
        .deleteBefore(id, number)
        .toCompletableFuture()
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private long events() throws Exception {
    return postgres.number(
        "SELECT COUNT(*) FROM event_journal WHERE persistence_id = '" + id + "'");
  }
}
