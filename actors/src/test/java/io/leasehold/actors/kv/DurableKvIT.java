package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.journal.SnapshotPolicy;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged is there after a restart, on a real database file. */
class DurableKvIT {
  private static final int SHARDS = 4;
  private static final Fence FENCE = new Fence("job", 42);

  @TempDir Path dir;

  private KvClusterHarness start(long snapshotChanges) throws Exception {
    return KvClusterHarness.embedded(dir, SHARDS, SnapshotPolicy.after(snapshotChanges));
  }

  private static KvOperation put(String key, String value, Ttl ttl, Fence fence) {
    return new KvOperation.Put(
        Bytes.utf8(key), Bytes.utf8(value), Map.of("k", key), ttl, Precondition.NONE, fence);
  }

  private static KvOperation get(String key) {
    return new KvOperation.Get(Bytes.utf8(key), Precondition.NONE, null);
  }

  private static KvOperation delete(String key) {
    return new KvOperation.Delete(Bytes.utf8(key), Precondition.NONE, null);
  }

  @Test
  void aRestartKeepsValuesVersionsMetadataDeadlinesAndMarks() throws Exception {
    KvResult.Found before;
    try (var first = start(5_000)) {
      first.run(put("a", "1", Ttl.after(600_000), FENCE));
      first.run(put("gone", "1", Ttl.NONE, null));
      first.run(delete("gone"));
      first.run(put("short", "1", Ttl.after(1), null));
      before = (KvResult.Found) first.run(get("a"));
    }

    try (var second = start(5_000)) {
      var after = (KvResult.Found) second.run(get("a"));
      assertThat(after.entry()).isEqualTo(before.entry());
      assertThat(after.ttlMillis()).isBetween(1L, before.ttlMillis());
      assertThat(second.run(get("gone"))).isEqualTo(new KvResult.Absent());
      assertThat(second.run(get("short"))).isEqualTo(new KvResult.Absent());
      assertThat(second.run(put("a", "2", Ttl.NONE, new Fence("job", 41))))
          .isEqualTo(new KvResult.StaleFence(42));
      var again = (KvResult.Stored) second.run(put("gone", "2", Ttl.NONE, null));
      assertThat(again.created()).isTrue();
      assertThat(again.version()).isGreaterThan(2);
      long accounted = 96 + "a1ka".length() + 96 + "gone2kgone".length();
      Awaitility.await().until(() -> second.service.figures().usedBytes() == accounted);
    }
  }

  @Test
  void anEntryThatWasLiveAtTheStopExpiresByItselfAfterTheRestart() throws Exception {
    try (var first = start(5_000)) {
      first.run(put("a", "1", Ttl.after(400), null));
    }

    try (var second = start(5_000)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> second.service.figures().usedBytes() == 0);
      assertThat(second.run(get("a"))).isEqualTo(new KvResult.Absent());
    }
  }

  @Test
  void aHundredIncrementsAtOnceAreAHundred() throws Exception {
    var increment =
        new KvOperation.Increment(Bytes.utf8("n"), 1, 0, Ttl.NONE, Precondition.NONE, null);
    try (var store = start(5_000)) {
      var all =
          IntStream.range(0, 100)
              .mapToObj(
                  i -> store.store.run(increment, KvClusterHarness.CALLER).toCompletableFuture())
              .toArray(CompletableFuture<?>[]::new);
      KvClusterHarness.await(CompletableFuture.allOf(all));
    }

    try (var again = start(5_000)) {
      var found = (KvResult.Found) again.run(get("n"));
      assertThat(found.entry().value().text()).isEqualTo("100");
      assertThat(found.entry().version()).isEqualTo(100);
    }
  }

  /** Snapshots are taken in between, and what they make superfluous is deleted. */
  @Test
  void randomOperationsAreAllThereAfterARestart() throws Exception {
    var random = new Random(11);
    var model = new HashMap<String, String>();
    try (var first = start(50)) {
      for (int round = 0; round < 20; round++) {
        var batch = new ArrayList<KvOperation>();
        for (int i = 0; i < 50; i++) {
          String key = "k" + random.nextInt(60);
          if (random.nextInt(3) == 0) {
            batch.add(delete(key));
            model.remove(key);
          } else {
            String value = "v" + random.nextInt();
            batch.add(put(key, value, Ttl.NONE, null));
            model.put(key, value);
          }
        }
        assertThat(first.runAll(batch)).noneMatch(KvResult::isFailure);
      }
    }

    try (var second = start(50)) {
      for (int i = 0; i < 60; i++) {
        KvResult result = second.run(get("k" + i));
        String value = result instanceof KvResult.Found found ? found.entry().value().text() : null;
        assertThat(value).isEqualTo(model.get("k" + i));
      }
      var stats = KvClusterHarness.await(second.store.stats(0));
      assertThat(stats.shards()).allMatch(each -> each.snapshotBytes() > 0);
      assertThat(stats.shards().stream().mapToLong(KvStore.ShardStats::keys).sum())
          .isEqualTo(model.size());
      assertThat(List.of(stats.missing())).containsExactly(0);
    }
  }
}
