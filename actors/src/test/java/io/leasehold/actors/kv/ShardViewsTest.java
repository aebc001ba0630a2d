package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvShardBench.delete;
import static io.leasehold.actors.kv.KvShardBench.get;
import static io.leasehold.actors.kv.KvShardBench.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What other threads see of a shard, and when they see nothing. */
class ShardViewsTest {
  private static final String OTHER = "10.0.0.2:25520/1";

  private @Nullable KvShardBench bench;

  @AfterEach
  void stop() {
    if (bench != null) {
      bench.close();
    }
  }

  private KvShardBench using(KvShardBench opened) {
    bench = opened;
    return opened;
  }

  /** A shard that others may own, and that this node has. */
  private KvShardBench claimed() throws Exception {
    var shard = using(KvShardBench.shared("", put("a", "1")));
    shard.commitNext();
    shard.stats();
    return shard;
  }

  @Test
  void whatIsCommittedIsSeenAndNothingElse() throws Exception {
    var shard = using(KvShardBench.holding(put("a", "1")));
    shard.stats();
    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("1");
    assertThat(shard.seen(false, "b")).isEqualTo(new KvResult.Absent());

    long change = shard.send(put("a", "2"));
    shard.appended();
    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("1");
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(change)).isInstanceOf(KvResult.Stored.class);
    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("2");

    shard.askAndCommit(delete("a"));
    assertThat(shard.seen(false, "a")).isEqualTo(new KvResult.Absent());
  }

  @Test
  void aKeyPastItsDeadlineIsAbsentAlsoBeforeItIsRemoved() {
    var shard = using(KvShardBench.holding(put("a", "1", Ttl.after(1_000), null)));
    shard.stats();
    assertThat(shard.seen(false, "a")).isInstanceOf(KvResult.Found.class);
    shard.clock.advance(Duration.ofSeconds(1));

    assertThat(shard.seen(false, "a")).isEqualTo(new KvResult.Absent());
  }

  @Test
  void nothingIsSeenOfAJournalThatIsBeingRead() {
    assertThat(using(KvShardBench.unread()).seen(true, "a")).isNull();
  }

  @Test
  void aShardThatIsNotClaimedYetShowsNothing() throws Exception {
    var shard = using(KvShardBench.shared(OTHER, put("a", "1")));
    shard.appended();
    assertThat(shard.seen(false, "a")).isNull();
    assertThat(shard.seen(true, "a")).isNull();

    shard.signal(HandJournal.commit());
    shard.stats();

    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("1");
  }

  @Test
  void behindItsLeaseOnlyWhoTakesStaleAnswersSeesAnything() throws Exception {
    var shard = claimed();
    shard.clock.advance(KvShardBench.LEASE.minusNanos(1));
    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("1");
    shard.clock.advance(Duration.ofNanos(1));

    assertThat(shard.seen(false, "a")).isNull();
    assertThat(shard.valueOf(shard.seen(true, "a"))).isEqualTo("1");

    shard.proof(shard.clock.nanos(), 1);
    shard.stats();
    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("1");
  }

  @Test
  void whoLooksHasTheNextProofAskedFor() throws Exception {
    var shard = claimed();
    shard.pass(KvShardBench.LEASE.dividedBy(2));
    shard.prover.expectNoMessage(Duration.ZERO); // nobody has looked

    shard.seen(false, "a");
    shard.pass(Duration.ofMillis(250));

    shard.prover.expectMessageClass(OwnerProver.Ask.class);
  }

  @Test
  void aShardThatMovesAwayShowsNothingBeforeItIsHandedOver() throws Exception {
    var shard = claimed();
    shard.shard.tell(KvShard.Stop.INSTANCE);

    assertThat(shard.appended()).containsExactly(new KvChange.TakenOver(""));
    assertThat(shard.seen(false, "a")).isNull();
    assertThat(shard.seen(true, "a")).isNull();
    shard.signal(HandJournal.commit());
    shard.client.expectTerminated(shard.shard);
    assertThat(shard.seen(true, "a")).isNull();
  }

  @Test
  void aShardThatAnotherHasWrittenShowsNothingUntilItIsClaimedAgain() throws Exception {
    var shard = claimed();
    shard.signal(HandJournal.fail("fenced"));
    var theirs = new KvModel(HandJournal.HISTORY);
    theirs.apply(new KvChange.TakenOver(OTHER));
    shard.signal(HandJournal.read(theirs));
    shard.appended(); // the claim

    assertThat(shard.seen(false, "a")).isNull();
    assertThat(shard.seen(true, "a")).isNull();

    shard.signal(HandJournal.commit());
    shard.stats();
    assertThat(shard.seen(false, "a")).isEqualTo(new KvResult.Absent());
  }

  @Test
  void whileChangesAreTakenInTheShardIsAsked() throws Exception {
    var model = new KvModel(HandJournal.HISTORY);
    var views = new ShardViews(1, 0, Clock.system());
    views.of(0).open(model, new KvTime.Source(Clock.system()));
    var get = (KvOperation.Get) get("a");
    assertThat(views.get(0, get, false)).isEqualTo(new KvResult.Absent());

    var other = CompletableFuture.runAsync(() -> assertThat(model.tryLock()).isTrue());
    other.get(10, TimeUnit.SECONDS);

    assertThat(views.get(0, get, false)).isNull();
  }

  /**
   * Versions of two keys rise in turns; who sees the second must then see the first as high.
   * Without the lock a reader would meet a tree that is being rebuilt.
   */
  @Test
  void readersBesideAWriterSeeEveryAcknowledgedChangeAndNoneInPart() throws Exception {
    var model = new KvModel(HandJournal.HISTORY);
    var views = new ShardViews(1, 0, Clock.system());
    views.of(0).open(model, new KvTime.Source(Clock.system()));
    var acknowledged = new AtomicLong();
    var over = new AtomicBoolean();
    var reads = new AtomicLong();
    var reader =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                long before = acknowledged.get();
                KvResult result = views.get(0, (KvOperation.Get) get("k" + before % 500), false);
                if (result instanceof KvResult.Found found) {
                  assertThat(found.entry().version()).isGreaterThanOrEqualTo(before);
                  reads.incrementAndGet();
                } else {
                  assertThat(result == null || before == 0).isTrue();
                }
              }
            });
    for (long version = 1;
        version < 2_000_000 && (version < 50_000 || reads.get() < 100);
        version++) {
      model.applyAll(List.of(written("k" + version % 500, version)));
      acknowledged.set(version);
    }
    over.set(true);
    reader.get(10, TimeUnit.SECONDS);
    assertThat(reads.get()).isPositive();
  }

  private static KvChange written(String key, long version) {
    Bytes bytes = Bytes.utf8(key);
    return new KvChange.Written(
        new KvEntry(bytes, bytes, Map.of(), version, 0, 0, 0), version <= 500);
  }

  @Test
  void onlyAPlainGetThatStandsAloneIsAnsweredWithoutTheShard() {
    var model = new KvModel(HandJournal.HISTORY);
    var views = new ShardViews(4, 0, Clock.system());
    for (int i = 0; i < 4; i++) {
      views.of(i).open(model, new KvTime.Source(Clock.system()));
    }
    var region = new RegionRef<KvMessage>();
    var calls =
        new KvCalls(
            Clock.system(), new ShardRouter(region, 4, Clock.system()), KvMetrics.NONE, 1 << 20);
    region.close(); // whatever is sent is refused
    var client =
        new KvClient(Clock.system(), 4, calls, views, Duration.ofSeconds(1), KvMetrics.NONE);
    var alone = new KvStore.Caller("cor_1", KvStore.Consistency.CONSISTENT, true);
    var inTurn = new KvStore.Caller("cor_1", KvStore.Consistency.CONSISTENT, false);
    var fenced = new KvOperation.Get(Bytes.utf8("a"), Precondition.NONE, new Fence("lock", 1));
    var refused = new KvResult.Unavailable("this node stops", false);

    assertThat(client.run(get("a"), alone)).isCompletedWithValue(new KvResult.Absent());
    assertThat(client.run(get("a"), inTurn)).isCompletedWithValue(refused);
    assertThat(client.run(fenced, alone)).isCompletedWithValue(refused);
    assertThat(client.run(put("a", "1"), alone)).isCompletedWithValue(refused);
  }

  @Test
  void answersToTheSameNodeTakeNoWayThroughAnActor() throws Exception {
    var shard = using(KvShardBench.holding(put("a", "1")));

    shard.sendFromHere(get("a"));

    var answer = (KvAnswer.Results) shard.answeredHere.poll(10, TimeUnit.SECONDS);
    assertThat(shard.valueOf(answer.results().get(0).result())).isEqualTo("1");
  }
}
