package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvClusterHarness.CALLER;
import static io.leasehold.actors.kv.KvClusterHarness.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvKeys;
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
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One store on two nodes in this JVM: everything crosses between them as if it did not. */
class KvTwoNodesIT {
  private static final int SHARDS = 8;
  private static final int VALUE_BYTES = 1 << 20;

  @TempDir static Path dir;
  private static KvClusterHarness one;
  private static KvClusterHarness two;

  @BeforeAll
  static void start() throws Exception {
    one = KvClusterHarness.inMemory(dir, SHARDS, null);
    two = KvClusterHarness.inMemory(dir, SHARDS, one);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> shardsOf(one) == SHARDS / 2 && shardsOf(two) == SHARDS / 2);
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
  }

  private static long shardsOf(KvClusterHarness node) throws Exception {
    return await(one.store.stats(0)).shards().stream()
        .filter(each -> each.node().equals(node.address()))
        .count();
  }

  /** A tag whose keys are on this node. */
  private static String tagOn(KvClusterHarness node, String name) throws Exception {
    var stats = await(one.store.stats(0)).shards();
    for (int i = 0; ; i++) {
      String tag = "{" + name + i + "}";
      int shard = KvKeys.shardOf(Bytes.utf8(tag), SHARDS);
      if (stats.get(shard).node().equals(node.address())) {
        return tag;
      }
    }
  }

  private static Bytes value(int seed) {
    byte[] bytes = new byte[VALUE_BYTES];
    new Random(seed).nextBytes(bytes);
    return Bytes.of(bytes);
  }

  private static KvOperation put(String key, Bytes value) {
    return new KvOperation.Put(Bytes.utf8(key), value, Map.of(), Ttl.NONE, Precondition.NONE, null);
  }

  private static KvOperation get(String key) {
    return new KvOperation.Get(Bytes.utf8(key), Precondition.NONE, null);
  }

  private static Bytes valueOf(KvResult result) {
    return ((KvResult.Found) result).entry().value();
  }

  @Test
  void aValueOfAMebibyteGoesBothWays() throws Exception {
    for (KvClusterHarness owner : List.of(one, two)) {
      String key = tagOn(owner, "large") + "/a";
      for (KvClusterHarness asking : List.of(one, two)) {
        Bytes value = value(asking.hashCode());
        assertThat(asking.run(put(key, value))).isInstanceOf(KvResult.Stored.class);
        assertThat(valueOf(asking.run(get(key)))).isEqualTo(value);
      }
    }
  }

  @Test
  void aCompareAndSetWithTwoValuesOfAMebibyteArrives() throws Exception {
    String key = tagOn(two, "cas") + "/a";
    one.run(put(key, value(1)));

    KvResult result =
        one.run(
            new KvOperation.CompareAndSet(
                Bytes.utf8(key),
                value(1),
                0,
                value(2),
                Map.of(),
                Ttl.NONE,
                Precondition.NONE,
                null));

    assertThat(result).isInstanceOf(KvResult.Stored.class);
    assertThat(valueOf(one.run(get(key)))).isEqualTo(value(2));
  }

  @Test
  void batchesTravelInPartsAndComeBackInTheirOrder() throws Exception {
    String far = tagOn(two, "batch");
    String near = tagOn(one, "batch");
    var puts = new ArrayList<KvOperation>();
    var gets = new ArrayList<KvOperation>();
    for (int i = 0; i < 8; i++) {
      String key = (i % 2 == 0 ? far : near) + "/" + i;
      puts.add(put(key, value(i)));
      gets.add(get(key));
    }

    assertThat(one.runAll(puts)).allMatch(KvResult.Stored.class::isInstance);

    List<KvResult> found = one.runAll(gets);
    for (int i = 0; i < 8; i++) {
      assertThat(valueOf(found.get(i))).isEqualTo(value(i));
    }
  }

  @Test
  void theSameKeyTwiceInABatchIsWrittenInOrder() throws Exception {
    String key = tagOn(two, "twice") + "/a";
    var puts = new ArrayList<KvOperation>();
    for (int i = 0; i < 600; i++) {
      puts.add(put(key, Bytes.utf8("v" + i)));
    }

    one.runAll(puts);

    assertThat(valueOf(one.run(get(key))).text()).isEqualTo("v599");
  }

  @Test
  void aTransactionMayAnswerMoreThanAMessageHolds() throws Exception {
    String tag = tagOn(two, "tx");
    var steps = new ArrayList<KvOperation.Step>();
    for (int i = 0; i < 4; i++) {
      one.run(put(tag + "/" + i, value(i)));
      steps.add(new KvOperation.Step(get(tag + "/" + i), List.of()));
    }

    var applied = (KvResult.Applied) one.run(new KvOperation.Transaction(List.of(), steps, null));

    assertThat(applied.results()).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(valueOf(applied.results().get(i))).isEqualTo(value(i));
    }
  }

  private static KvStore.Listed list(
      KvClusterHarness node, String prefix, Bytes behind, int limit, boolean keysOnly)
      throws Exception {
    var query = new KvStore.ListQuery(Bytes.utf8(prefix), behind, limit, 4 << 20, keysOnly, false);
    return await(node.store.list(query, CALLER, null));
  }

  @Test
  void aListShowsEveryKeyOnceInOrderWhateverThePages() throws Exception {
    var random = new Random(7);
    var expected = new TreeSet<Bytes>();
    var puts = new ArrayList<KvOperation>();
    for (int i = 0; i < 700; i++) {
      String key = "list/" + Integer.toString(random.nextInt(1 << 30), 36) + "é\uD83D\uDD12";
      expected.add(Bytes.utf8(key));
      puts.add(put(key, Bytes.utf8("v")));
    }
    one.runAll(puts);

    for (int limit : new int[] {7, 100, 350, 1_000}) {
      var seen = new ArrayList<Bytes>();
      Bytes behind = null;
      for (boolean more = true; more; ) {
        KvStore.Listed page = list(two, "list/", behind, limit, limit == 100);
        assertThat(page.failure()).isNull();
        page.entries().stream().map(KvEntry::key).forEach(seen::add);
        more = page.more();
        assertThat(more).isEqualTo(seen.size() < expected.size());
        behind = seen.get(seen.size() - 1);
      }
      assertThat(seen).isEqualTo(new ArrayList<>(expected));
    }
  }

  @Test
  void aPageEndsWhenItsValuesAreMoreThanFourMebibytes() throws Exception {
    String tag = tagOn(two, "page");
    for (int i = 0; i < 6; i++) {
      one.run(put(tag + "/" + i, value(i)));
    }

    KvStore.Listed first = list(one, tag, null, 1_000, false);
    KvStore.Listed rest = list(one, tag, first.entries().get(3).key(), 1_000, false);

    assertThat(first.entries()).hasSize(4);
    assertThat(first.more()).isTrue();
    assertThat(rest.entries()).hasSize(2);
    assertThat(rest.more()).isFalse();
    assertThat(rest.entries().get(1).value()).isEqualTo(value(5));
  }

  @Test
  void marksOfALockAreFoundAndForgottenInAllShards() throws Exception {
    var shards = new HashMap<Integer, Long>();
    for (String key : List.of(tagOn(one, "m") + "/1", tagOn(two, "m") + "/1")) {
      one.run(
          new KvOperation.Put(
              Bytes.utf8(key),
              Bytes.EMPTY,
              Map.of(),
              Ttl.NONE,
              Precondition.NONE,
              new Fence("job", 42)));
      shards.put(KvKeys.shardOf(Bytes.utf8(key), SHARDS), 42L);
    }

    var marks = await(two.store.fenceMarks("job")).orElseThrow();

    assertThat(marks)
        .containsExactlyInAnyOrderElementsOf(
            shards.entrySet().stream()
                .map(each -> new KvStore.Mark(each.getKey(), each.getValue()))
                .toList());
    assertThat(await(two.store.forgetFence("job"))).isEqualTo(Optional.of(2));
    assertThat(await(one.store.fenceMarks("job"))).isEqualTo(Optional.of(List.of()));
  }

  @Test
  void figuresCoverAllShardsAndEachNodeKnowsItsOwn() throws Exception {
    KvStore.Stats stats = await(two.store.stats(3));

    assertThat(stats.missing()).isEqualTo(0);
    assertThat(stats.watchers()).isEqualTo(3);
    assertThat(stats.shards().stream().map(KvStore.ShardStats::shard))
        .containsExactlyElementsOf(IntStream.range(0, SHARDS).boxed().toList());
    Awaitility.await()
        .untilAsserted(
            () -> {
              assertThat(one.service.figures().owned()).isEqualTo(SHARDS / 2);
              assertThat(two.service.figures().owned()).isEqualTo(SHARDS / 2);
            });
    assertThat(await(one.service.probe())).isPresent();
  }
}
