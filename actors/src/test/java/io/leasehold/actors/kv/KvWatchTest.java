package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvPartBench.DATA;
import static io.leasehold.actors.kv.KvPartBench.SHARDS;
import static io.leasehold.actors.kv.KvPartBench.delete;
import static io.leasehold.actors.kv.KvPartBench.put;
import static io.leasehold.actors.kv.KvPartBench.shardOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.leasehold.actors.kv.KvStore.EventKind;
import io.leasehold.actors.kv.KvStore.WatchEvent;
import io.leasehold.actors.kv.KvStore.WatchQuery;
import io.leasehold.actors.kv.KvStore.WatchRefusal;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvPosition;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvScope;
import io.leasehold.domain.kv.Ttl;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What watchers are told, step by step. */
class KvWatchTest {
  private static final Set<EventKind> ALL_KINDS = EnumSet.allOf(EventKind.class);
  private static final KvSettings.WatchSettings TIGHT =
      new KvSettings.WatchSettings(100, 64, 64L << 10, 16, 64L << 10);
  private static final KvScope EVERYTHING = KvScope.ofPrefix(Bytes.EMPTY, SHARDS);

  private KvPartBench bench = new KvPartBench(KvPartBench.roomy());

  @AfterEach
  void stop() {
    bench.close();
  }

  private void tight() {
    bench.close();
    bench = new KvPartBench(TIGHT);
  }

  private static WatchQuery prefix(String prefix, String position) {
    return new WatchQuery(null, Bytes.utf8(prefix), ALL_KINDS, true, position);
  }

  private KvPartBench.Reader read(WatchQuery query) {
    return bench.read(bench.watches.watch(query));
  }

  private static WatchEvent.Put stored(WatchEvent event, String key, String value) {
    var put = (WatchEvent.Put) event;
    assertThat(put.key()).isEqualTo(Bytes.utf8(key));
    assertThat(put.value()).isEqualTo(Bytes.utf8(value));
    assertThat(put.shard()).isEqualTo(shardOf(key));
    return put;
  }

  @Test
  void watcherIsToldWhatComesBehindItsBeginningAndNothingElse() {
    bench.run(put("a/0", "before"));
    var reader = read(prefix("a/", null));
    assertThat(((WatchEvent.Ready) reader.next()).shards()).isEqualTo(SHARDS);

    bench.run(put("a/1", "x"));
    bench.run(put("b/1", "not ours"));
    bench.run(put("a/1", "y"));
    bench.run(delete("a/1"));
    bench.run(put("a/1", Bytes.utf8("z"), Ttl.after(20)));

    var created = stored(reader.next(), "a/1", "x");
    assertThat(created.created()).isTrue();
    var updated = stored(reader.next(), "a/1", "y");
    assertThat(updated.created()).isFalse();
    assertThat(updated.revision()).isGreaterThan(created.revision());
    var gone = (WatchEvent.Gone) reader.next();
    assertThat(gone.expired()).isFalse();
    assertThat(stored(reader.next(), "a/1", "z").expiresAtMillis()).isPositive();
    assertThat(((WatchEvent.Gone) reader.next()).expired()).isTrue();
  }

  @Test
  void onlyTheKindsAndValuesThatAreAskedFor() {
    var reader =
        read(
            new WatchQuery(
                Bytes.utf8("k"), Bytes.EMPTY, EnumSet.of(EventKind.DELETE), false, null));
    var puts =
        read(new WatchQuery(Bytes.utf8("k"), Bytes.EMPTY, EnumSet.of(EventKind.PUT), false, null));
    assertThat(((WatchEvent.Ready) reader.next()).shards()).isEqualTo(1);
    puts.next();

    bench.run(put("k", "v"));
    bench.run(put("kk", "v"));
    bench.run(delete("k"));

    assertThat(((WatchEvent.Gone) reader.next()).key()).isEqualTo(Bytes.utf8("k"));
    assertThat(((WatchEvent.Put) puts.next()).value()).isNull();
  }

  @Test
  void everyPositionGoesOnBehindItsEvent() {
    var first = read(prefix("", null));
    List<WatchEvent> told = new ArrayList<>(List.of(first.next()));
    for (int i = 0; i < 10; i++) {
      bench.run(put("k" + i, "v" + i));
      told.add(first.next());
    }

    for (int i = 0; i < told.size(); i++) {
      var again = read(prefix("", told.get(i).position()));
      assertThat(again.next()).isInstanceOf(WatchEvent.Ready.class);
      Set<Bytes> keys = new HashSet<>();
      for (int j = i + 1; j < told.size(); j++) {
        keys.add(((WatchEvent.Put) again.next()).key());
      }
      assertThat(keys)
          .containsExactlyInAnyOrderElementsOf(
              told.subList(i + 1, told.size()).stream()
                  .map(event -> ((WatchEvent.Put) event).key())
                  .toList());
      again.cancel();
    }
  }

  @Test
  void changesOfATransactionStandTogether() {
    var reader = read(prefix("", null));
    reader.next();
    List<KvOperation> load = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      load.add(put("k" + i, "v"));
      load.add(
          new KvOperation.Transaction(
              List.of(),
              List.of(
                  new KvOperation.Step(put("{t}/a", "" + i), List.of()),
                  new KvOperation.Step(put("{t}/b", "" + i), List.of()),
                  new KvOperation.Step(put("{t}/c", "" + i), List.of())),
              null));
    }
    bench.run(load);

    for (int left = 800; left > 0; left--) {
      var event = (WatchEvent.Put) reader.next();
      if (event.key().equals(Bytes.utf8("{t}/a"))) {
        assertThat(((WatchEvent.Put) reader.next()).key()).isEqualTo(Bytes.utf8("{t}/b"));
        assertThat(((WatchEvent.Put) reader.next()).key()).isEqualTo(Bytes.utf8("{t}/c"));
        left -= 2;
      }
    }
  }

  @Test
  void attentiveWatcherGetsWhatIsLargerThanTheHistory() {
    var reader = read(prefix("", null));
    reader.next();
    String large = "x".repeat((1 << 20) - 1);

    for (int i = 0; i < 3; i++) {
      bench.run(put("big", large + i));
      stored(reader.next(), "big", large + i);
    }
  }

  @Test
  void slowReaderHoldsNobodyUpAndIsToldWhatItMisses() {
    tight();
    var slow = read(prefix("{s}", null));
    var fast = read(prefix("{s}", null));
    slow.next();
    fast.next();

    for (int i = 0; i < 1_000; i += 40) {
      List<KvOperation> puts = new ArrayList<>();
      for (int j = i; j < i + 40; j++) {
        puts.add(put("{s}" + j % 10, "v" + j));
      }
      bench.run(puts); // answered though one reader does not read
      for (int j = i; j < i + 40; j++) {
        stored(fast.next(), "{s}" + j % 10, "v" + j);
      }
    }

    long revision = 0;
    int missed = 0;
    while (revision < 1_000) {
      WatchEvent event = slow.next();
      if (event instanceof WatchEvent.Gap gap) {
        assertThat(gap.reason()).isEqualTo("slow_consumer");
        assertThat(gap.from()).isEqualTo(revision);
        revision = gap.to();
        missed++;
      } else {
        assertThat(((WatchEvent.Put) event).revision()).isEqualTo(revision + 1);
        revision++;
      }
    }
    assertThat(missed).isEqualTo(1);
    assertThat(bench.gaps).isEqualTo(Map.of("slow_consumer", 1));
  }

  @Test
  void whatHasLeftTheHistoryIsAGap() {
    tight();
    var reader = read(prefix("{s}", null));
    String position = reader.next().position();
    reader.cancel();
    for (int i = 0; i < 200; i++) {
      bench.run(put("{s}", "v" + i));
    }

    var again = read(prefix("{s}", position));

    assertThat(again.next()).isInstanceOf(WatchEvent.Ready.class);
    var gap = (WatchEvent.Gap) again.next();
    assertThat(gap.reason()).isEqualTo("history_trimmed");
    assertThat(gap.from()).isZero();
    assertThat(gap.to()).isEqualTo(136);
    assertThat(((WatchEvent.Put) again.next()).revision()).isEqualTo(137);
  }

  @Test
  void watchGoesOnBehindAMoveAndSaysWhatTheMoveLost() {
    var reader = read(prefix("{s}", null));
    reader.next();
    bench.run(put("{s}", "1"));
    reader.next();
    int shard = shardOf("{s}");

    bench.restart(shard);
    bench.run(put("{s}", "2"));
    assertThat(((WatchEvent.Put) reader.next()).revision()).isEqualTo(2);

    bench.cut(true);
    bench.restart(shard);
    bench.run(put("{s}", "3"));
    bench.restart(shard); // nobody has read the history of that one
    bench.run(put("{s}", "4"));
    bench.cut(false);

    var gap = (WatchEvent.Gap) reader.next();
    assertThat(gap.reason()).isEqualTo("shard_moved");
    assertThat(gap.from()).isEqualTo(2);
    assertThat(gap.to()).isEqualTo(3);
    assertThat(((WatchEvent.Put) reader.next()).revision()).isEqualTo(4);
  }

  @Test
  void storeThatWasReplacedIsNoticed() {
    var reader = read(prefix("{s}", null));
    reader.next();
    bench.run(put("{s}", "1"));
    String position = reader.next().position();
    var probe = bench.kit.createTestProbe(KvTransfer.Taken.class);

    bench.region.tell(new KvTransfer.Clear(shardOf("{s}"), 99, probe.getRef()));
    probe.receiveMessage();

    var gap = (WatchEvent.Gap) reader.next();
    assertThat(gap.reason()).isEqualTo("store_replaced");
    assertThat(gap.from()).isEqualTo(1);
    assertThat(gap.to()).isEqualTo(2);
    String behind = gap.position();
    bench.run(put("{s}", "3"));
    stored(reader.next(), "{s}", "3");

    var resumed = read(prefix("{s}", position));
    resumed.next();
    assertThat(((WatchEvent.Gap) resumed.next()).reason()).isEqualTo("store_replaced");
    var knowing = read(prefix("{s}", behind));
    knowing.next();
    stored(knowing.next(), "{s}", "3");
  }

  @Test
  void positionOfAnotherStoreOrAheadOfTheShardIsNoticed() {
    bench.run(put("{s}", "1"));
    var scope = KvScope.ofPrefix(Bytes.utf8("{s}"), SHARDS);
    int ours = KvPosition.tag(DATA, 0);
    String foreign =
        KvPosition.encode(scope, new int[] {KvPosition.tag("other", 0)}, new long[] {1});
    String ahead = KvPosition.encode(scope, new int[] {ours}, new long[] {1_000});

    for (String position : List.of(foreign, ahead)) {
      var reader = read(prefix("{s}", position));
      assertThat(reader.next()).isInstanceOf(WatchEvent.Ready.class);
      var gap = (WatchEvent.Gap) reader.next();
      assertThat(gap.reason()).isEqualTo("store_replaced");
      assertThat(KvPosition.decode(gap.position(), scope).tags()).containsExactly(ours);
      reader.cancel();
    }
  }

  @Test
  void garbageAndOneTooManyAreRefused() {
    bench.close();
    bench = new KvPartBench(new KvSettings.WatchSettings(2, 64, 65_536, 16, 65_536));
    var few = bench.watches;
    assertThat(few.watch(prefix("", "garbage")).refusal()).isEqualTo(WatchRefusal.INVALID_POSITION);
    var first = bench.read(few.watch(prefix("", null)));
    first.next();
    var second = few.watch(prefix("", null)); // counts though nobody reads it yet

    assertThat(few.watch(prefix("", null)).refusal()).isEqualTo(WatchRefusal.TOO_MANY_WATCHERS);
    assertThat(few.count()).isEqualTo(2);

    first.cancel();
    await().untilAsserted(() -> assertThat(few.count()).isEqualTo(1));
    assertThat(few.watch(prefix("", null)).refusal()).isNull();
    assertThat(second.refusal()).isNull();
  }

  @Test
  void everybodyIsToldWhenTheNodeStops() {
    var reader = read(prefix("", null));
    reader.next();
    bench.run(put("a", "1"));
    String last = reader.next().position();

    bench.watches.close();

    assertThat(((WatchEvent.Bye) reader.next()).position()).isEqualTo(last);
    assertThat(reader.next()).isNull();
    var late = read(prefix("", last));
    assertThat(((WatchEvent.Bye) late.next()).position()).isEqualTo(last);
    assertThat(late.next()).isNull();
  }

  @Test
  void positionOfAListingMissesNothingThatComesLater() {
    bench.run(put("a", "1"));
    var epochs = new long[SHARDS];
    var revisions = new long[SHARDS];
    revisions[shardOf("a")] = 1;
    String position = bench.watches.position(Bytes.EMPTY, epochs, revisions);

    KvResult.Stored later = (KvResult.Stored) bench.run(put("a", "2"));

    var reader = read(prefix("", position));
    reader.next();
    assertThat(stored(reader.next(), "a", "2").revision()).isEqualTo(later.version());
    assertThat(KvPosition.decode(position, EVERYTHING)).isNotNull();
  }
}
