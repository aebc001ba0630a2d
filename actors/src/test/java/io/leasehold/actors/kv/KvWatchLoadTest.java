package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvPartBench.SHARDS;
import static io.leasehold.actors.kv.KvPartBench.delete;
import static io.leasehold.actors.kv.KvPartBench.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.kv.KvStore.EventKind;
import io.leasehold.actors.kv.KvStore.WatchEvent;
import io.leasehold.actors.kv.KvStore.WatchQuery;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvScope;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A random load, watchers cut at random places and resumed: the write log, or a declared gap. */
class KvWatchLoadTest {
  private static final int ROUNDS = 60;
  private static final int PER_ROUND = 40;
  private static final String END = "zz-end";

  /** What one watcher was told of each shard, over all its streams. */
  private static final class Account {
    final Map<Integer, TreeMap<Long, WatchEvent>> told = new HashMap<>();
    final Map<Integer, List<WatchEvent.Gap>> gaps = new HashMap<>();
    final Map<Integer, Long> last = new HashMap<>();
    int ends;

    void take(WatchEvent event) {
      if (event instanceof WatchEvent.Put put) {
        take(put.shard(), put.revision(), event);
        ends += put.key().text().startsWith(END) ? 1 : 0;
      } else if (event instanceof WatchEvent.Gone gone) {
        take(gone.shard(), gone.revision(), event);
      } else if (event instanceof WatchEvent.Gap gap) {
        assertThat(gap.from()).isGreaterThanOrEqualTo(last.getOrDefault(gap.shard(), 0L));
        last.put(gap.shard(), gap.to());
        gaps.computeIfAbsent(gap.shard(), none -> new ArrayList<>()).add(gap);
      }
    }

    private void take(int shard, long revision, WatchEvent event) {
      assertThat(revision).isGreaterThan(last.getOrDefault(shard, 0L));
      last.put(shard, revision);
      told.computeIfAbsent(shard, none -> new TreeMap<>()).put(revision, event);
    }
  }

  static Stream<Arguments> loads() {
    var tight = new KvSettings.WatchSettings(100, 64, 64L << 10, 16, 64L << 10);
    return Stream.of(
        Arguments.of(1L, "", KvPartBench.roomy(), false),
        Arguments.of(2L, "k1", KvPartBench.roomy(), false),
        Arguments.of(3L, "", tight, true));
  }

  @ParameterizedTest
  @MethodSource("loads")
  void streamsAddUpToTheLog(
      long seed, String prefix, KvSettings.WatchSettings watch, boolean mayMiss) {
    try (var bench = new KvPartBench(watch)) {
      // the ends are of the same prefix, one in each shard
      List<String> ends = new ArrayList<>();
      for (int i = 0; ends.size() < SHARDS; i++) {
        String key = END + i;
        if (ends.stream().noneMatch(end -> KvPartBench.shardOf(end) == KvPartBench.shardOf(key))) {
          ends.add(key);
        }
      }
      var account = new Account();
      var random = new Random(seed);
      var reader = bench.read(bench.watches.watch(query(prefix, null)));
      String position = reader.next().position();

      var writer =
          CompletableFuture.runAsync(
              () -> {
                var choice = new Random(~seed);
                for (int round = 0; round < ROUNDS; round++) {
                  bench.run(someOperations(choice));
                }
              });
      while (!writer.isDone()) {
        position = readSome(reader, account, random, position, writer);
        reader.cancel();
        reader = bench.read(bench.watches.watch(query(prefix, position)));
        assertThat(reader.next()).isInstanceOf(WatchEvent.Ready.class);
      }
      writer.join();
      // a watcher of everything sees the ends; the other one reads up to the last of its own
      bench.run(ends.stream().map(end -> put(end, "")).toList());
      var expected = expected(bench, KvScope.ofPrefix(Bytes.utf8(prefix), SHARDS));
      while (!isComplete(account, expected)) {
        account.take(reader.next());
      }

      expected.forEach((shard, changes) -> check(account, shard, changes));
      if (!mayMiss) {
        assertThat(account.gaps).isEmpty();
      }
    }
  }

  private static WatchQuery query(String prefix, String position) {
    return new WatchQuery(null, Bytes.utf8(prefix), EnumSet.allOf(EventKind.class), true, position);
  }

  private static List<KvOperation> someOperations(Random random) {
    List<KvOperation> operations = new ArrayList<>();
    for (int i = 0; i < PER_ROUND; i++) {
      String key = "k" + random.nextInt(40);
      operations.add(random.nextInt(4) == 0 ? delete(key) : put(key, "v" + random.nextInt()));
    }
    return operations;
  }

  /** Reads up to a random number of events; returns the last position. */
  private static String readSome(
      KvPartBench.Reader reader,
      Account account,
      Random random,
      String before,
      CompletableFuture<Void> writer) {
    String position = before;
    for (int left = random.nextInt(200); left > 0 && !writer.isDone(); left--) {
      var next = reader.queue.pull().toCompletableFuture();
      CompletableFuture.anyOf(next, writer).join();
      if (!next.isDone()) {
        break; // the writer has ended, and nothing more comes
      }
      WatchEvent event = next.join().orElseThrow();
      account.take(event);
      position = event.position();
    }
    return position;
  }

  private static Map<Integer, List<KvChange>> expected(KvPartBench bench, KvScope scope) {
    var expected = new HashMap<Integer, List<KvChange>>();
    bench.log.forEach(
        (shard, changes) ->
            expected.put(
                shard,
                changes.stream()
                    .filter(
                        change -> change.watchedKey() != null && scope.matches(change.watchedKey()))
                    .toList()));
    return expected;
  }

  private static boolean isComplete(Account account, Map<Integer, List<KvChange>> expected) {
    return expected.entrySet().stream()
        .allMatch(
            each ->
                each.getValue().isEmpty()
                    || account.last.getOrDefault(each.getKey(), 0L)
                        >= each.getValue().get(each.getValue().size() - 1).revision());
  }

  private static void check(Account account, int shard, List<KvChange> changes) {
    var told = account.told.getOrDefault(shard, new TreeMap<>());
    int seen = 0;
    for (KvChange change : changes) {
      WatchEvent event = told.get(change.revision());
      if (event == null) {
        assertThat(account.gaps.getOrDefault(shard, List.of()))
            .as("revision %s of shard %s", change.revision(), shard)
            .anyMatch(gap -> gap.from() < change.revision() && change.revision() <= gap.to());
        continue;
      }
      seen++;
      if (change instanceof KvChange.Written written) {
        var put = (WatchEvent.Put) event;
        assertThat(put.key()).isEqualTo(written.entry().key());
        assertThat(put.value()).isEqualTo(written.entry().value());
        assertThat(put.created()).isEqualTo(written.created());
      } else {
        assertThat(((WatchEvent.Gone) event).key()).isEqualTo(change.watchedKey());
      }
    }
    assertThat(told).hasSize(seen); // and nothing that was not committed
  }
}
