package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvClusterHarness.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.journal.DatabaseNumbers;
import io.leasehold.actors.journal.JournalNumbers;
import io.leasehold.actors.journal.TestPostgres;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Leave;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two nodes on one PostgreSQL: shards move, and an owner answers only while it surely is one. */
class SharedKvIT {
  private static final int SHARDS = 4;
  private static TestPostgres postgres;
  private static DatabaseNumbers numbers;

  /** The database as the first node sees it, which can be cut off. */
  private static final AtomicBoolean CUT_OFF = new AtomicBoolean();

  private static final JournalNumbers FIRST =
      new JournalNumbers() {
        @Override
        public CompletionStage<Map<String, Long>> highest(Collection<String> journals) {
          return CUT_OFF.get()
              ? CompletableFuture.failedFuture(new IllegalStateException("cut off"))
              : numbers.highest(journals);
        }
      };

  @BeforeAll
  static void start() throws Exception {
    postgres = TestPostgres.start();
    numbers = new DatabaseNumbers(postgres.database.dataSource());
  }

  @AfterAll
  static void stop() throws Exception {
    numbers.close();
    postgres.close();
  }

  private static KvOperation put(String key, String value) {
    return new KvOperation.Put(
        Bytes.utf8(key), Bytes.utf8(value), Map.of(), Ttl.NONE, Precondition.NONE, null);
  }

  private static KvOperation get(String key) {
    return new KvOperation.Get(Bytes.utf8(key), Precondition.NONE, null);
  }

  private static String text(KvResult result) {
    return ((KvResult.Found) result).entry().value().text();
  }

  private static KvClusterHarness node(KvClusterHarness first) throws Exception {
    return KvClusterHarness.shared(
        postgres.journal(), postgres.database, SHARDS, first == null ? FIRST : numbers, first);
  }

  @Test
  void numbersAreThoseOfTheJournal() throws Exception {
    postgres.execute(
        "INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,"
            + " adapter_manifest, event_ser_id, event_ser_manifest, event_payload)"
            + " SELECT 'some', n, '', 0, '', 0, '', '' FROM generate_series(1, 7) AS n");

    assertThat(await(numbers.highest(List.of("some", "none")))).isEqualTo(Map.of("some", 7L));
  }

  @Test
  void shardsMoveWithWhatTheyHoldAndReadsNeedTheDatabase() throws Exception {
    try (var one = node(null)) {
      for (int i = 0; i < 20; i++) {
        assertThat(one.run(put("k" + i, "v" + i))).isInstanceOf(KvResult.Stored.class);
      }
      try (var two = node(one)) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> two.service.figures().owned() == SHARDS / 2);
        for (int i = 0; i < 20; i++) {
          assertThat(text(two.run(get("k" + i)))).isEqualTo("v" + i);
          assertThat(two.run(put("k" + i, "w" + i))).isInstanceOf(KvResult.Stored.class);
          assertThat(text(one.run(get("k" + i)))).isEqualTo("w" + i);
        }
        Cluster.get(two.kit.system())
            .manager()
            .tell(Leave.create(Cluster.get(two.kit.system()).selfMember().address()));
        await(two.kit.system().getWhenTerminated());
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> one.service.figures().owned() == SHARDS);
      for (int i = 0; i < 20; i++) {
        assertThat(text(one.run(get("k" + i)))).isEqualTo("w" + i);
      }

      CUT_OFF.set(true);
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> one.run(get("k0")) instanceof KvResult.Unavailable);
      var stale = new KvStore.Caller("cor_1", KvStore.Consistency.STALE, true);
      assertThat(text(await(one.store.run(get("k0"), stale)))).isEqualTo("w0");
      CUT_OFF.set(false);
      assertThat(text(one.run(get("k0")))).isEqualTo("w0");
    }
  }
}
