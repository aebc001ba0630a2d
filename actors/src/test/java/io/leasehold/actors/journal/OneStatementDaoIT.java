package io.leasehold.actors.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.PekkoSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

/** How many journals of one node are committed at once on PostgreSQL. */
class OneStatementDaoIT {
  private static final int JOURNALS = 40;
  private static final int GROUPS = 25;
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @Test
  void whatManyJournalsCommitTogetherIsOneStatementEach() throws Exception {
    try (var postgres = TestPostgres.start()) {
      postgres.execute("CREATE TABLE noted (transaction BIGINT, in_it BIGINT)");
      postgres.execute(
          "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
              + " INSERT INTO noted SELECT txid_current(), count(*) FROM written;"
              + " RETURN NULL; END $$");
      postgres.execute(
          "CREATE TRIGGER note AFTER INSERT ON event_journal REFERENCING NEW TABLE AS written"
              + " FOR EACH STATEMENT EXECUTE FUNCTION note()");
      var settings = PekkoSettings.of("127.0.0.1", 0, 1, postgres.journal());
      var kit = ActorTestKit.create("leasehold", settings);
      try {
        commit(kit);
      } finally {
        kit.shutdownTestKit();
      }
      assertThat(postgres.number("SELECT COUNT(*) FROM event_journal"))
          .isEqualTo((long) JOURNALS * GROUPS);
      assertThat(postgres.number("SELECT SUM(in_it) FROM noted"))
          .isEqualTo((long) JOURNALS * GROUPS);
      assertThat(postgres.number("SELECT MAX(in_it) FROM noted"))
          .as("events in the largest statement")
          .isGreaterThan(1);
      assertThat(postgres.number("SELECT COUNT(*) - COUNT(DISTINCT transaction) FROM noted"))
          .as("statements that were not the only one of their transaction")
          .isZero();
    }
  }

  /** Each journal has one group after the other, all journals at the same time. */
  private static void commit(ActorTestKit kit) {
    List<TestProbe<JournalSignal<String>>> gates = new ArrayList<>();
    List<ActorRef<GroupWriter.Command<String>>> writers = new ArrayList<>();
    for (int i = 0; i < JOURNALS; i++) {
      TestProbe<JournalSignal<String>> gate = kit.createTestProbe();
      gates.add(gate);
      writers.add(
          kit.spawn(
              GroupWriter.create(
                  "journal-" + i, TextModel::new, SnapshotPolicy.after(1_000_000), gate.getRef())));
    }
    gates.forEach(gate -> receive(gate, GroupWriter.Recovered.class));
    for (int number = 1; number <= GROUPS; number++) {
      for (ActorRef<GroupWriter.Command<String>> writer : writers) {
        writer.tell(new GroupWriter.Commit<>(number, List.of("line " + number)));
      }
      gates.forEach(gate -> receive(gate, GroupWriter.Committed.class));
    }
  }

  private static void receive(TestProbe<JournalSignal<String>> gate, Class<?> expected) {
    assertThat(gate.receiveMessage(PATIENCE)).isInstanceOf(expected);
  }
}
