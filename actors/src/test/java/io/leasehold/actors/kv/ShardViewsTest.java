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
import java.util.function.BiConsumer;
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
    assertThat(shard.seen(false, "a")).as("a change is under way").isNull();
    assertThat(shard.seen(false, "b")).isEqualTo(new KvResult.Absent());
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
    views.of(0).open(model, new KvTime.Source(Clock.system()), key -> false);
    var get = (KvOperation.Get) get("a");
    assertThat(views.get(0, get, false)).isEqualTo(new KvResult.Absent());

    var other = CompletableFuture.runAsync(() -> assertThat(model.tryLock()).isTrue());
    other.get(10, TimeUnit.SECONDS);

    assertThat(views.get(0, get, false)).isNull();
  }

  /** A key comes and goes beside one that stays: a tree that is being rebuilt may not show it. */
  @Test
  void readersBesideAWriterSeeEveryAcknowledgedChangeAndNoneInPart() throws Exception {
    var model = new KvModel(HandJournal.HISTORY);
    var views = new ShardViews(1, 0, Clock.system());
    views.of(0).open(model, new KvTime.Source(Clock.system()), key -> false);
    model.applyAll(List.of(written("stays", 1)));
    var acknowledged = new AtomicLong(1);
    var over = new AtomicBoolean();
    var reads = new AtomicLong();
    var reader =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                long before = acknowledged.get();
                KvResult result = views.get(0, (KvOperation.Get) get("stays"), false);
                if (result != null) {
                  assertThat(result).isInstanceOf(KvResult.Found.class);
                  assertThat(((KvResult.Found) result).entry().version())
                      .isGreaterThanOrEqualTo(before);
                  reads.incrementAndGet();
                }
              }
            });
    long version = 1;
    for (int round = 0; round < 2_000 && (round < 50 || reads.get() < 1_000); round++) {
      for (int i = 0; i < 200; i++) {
        model.applyAll(List.of(written("k" + i * 7 % 200, ++version), written("stays", ++version)));
        acknowledged.set(version);
      }
      for (int i = 0; i < 200; i++) {
        model.applyAll(List.of(new KvChange.Removed(Bytes.utf8("k" + i), ++version, false)));
      }
    }
    over.set(true);
    reader.get(10, TimeUnit.SECONDS);
    assertThat(reads.get()).isPositive();
  }

  /** What happens between the look at an entry and the look at the proof. */
  private static final class Interrupted implements Clock {
    Runnable meanwhile = () -> {};
    int looks;

    @Override
    public long nanos() {
      if (++looks == 2) { // the first is that of the time of the shard
        meanwhile.run();
      }
      return 0;
    }

    @Override
    public long wallMillis() {
      return 0;
    }
  }

  private @Nullable KvResult interrupted(BiConsumer<ShardViews.View, KvTime.Source> meanwhile) {
    var clock = new Interrupted();
    var views = new ShardViews(1, 1_000, clock);
    var time = new KvTime.Source(clock);
    views.of(0).open(new KvModel(HandJournal.HISTORY), time, key -> false);
    views.of(0).proven(0);
    clock.looks = 0;
    clock.meanwhile = () -> meanwhile.accept(views.of(0), time);
    return views.get(0, (KvOperation.Get) get("a"), false);
  }

  @Test
  void aShardThatHasBeenAwaySinceTheLookAtTheEntryIsAsked() {
    assertThat(interrupted((view, time) -> {})).isEqualTo(new KvResult.Absent());

    assertThat(interrupted((view, time) -> view.shut())).isNull();
    assertThat(
            interrupted(
                (view, time) -> {
                  view.shut();
                  view.open(new KvModel(HandJournal.HISTORY), time, key -> false);
                  view.proven(0);
                }))
        .isNull();
  }

  @Test
  void aKeyThatIsBeingKeptAliveIsNotGoneMeanwhile() throws Exception {
    var shard = using(KvShardBench.holding(put("a", "1", Ttl.after(1_000), null)));
    shard.stats();
    long change =
        shard.send(
            new KvOperation.Touch(
                KvShardBench.key("a"), Ttl.after(5_000), Precondition.NONE, null));
    shard.appended();
    shard.clock.advance(Duration.ofSeconds(1));

    assertThat(shard.seen(false, "a")).isNull();

    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(change)).isInstanceOf(KvResult.Touched.class);
    assertThat(shard.seen(false, "a")).isInstanceOf(KvResult.Found.class);
  }

  @Test
  void aCommitThatFailedEndsTheProof() throws Exception {
    var shard = claimed();
    shard.send(put("b", "1"));
    shard.appended();
    assertThat(shard.valueOf(shard.seen(false, "a"))).isEqualTo("1");

    shard.signal(HandJournal.fail("cut off"));
    shard.stats();

    assertThat(shard.seen(false, "a")).isNull();
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
      views.of(i).open(model, new KvTime.Source(Clock.system()), key -> false);
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
