package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvShardBench.delete;
import static io.leasehold.actors.kv.KvShardBench.get;
import static io.leasehold.actors.kv.KvShardBench.key;
import static io.leasehold.actors.kv.KvShardBench.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a shard answers, and when. The monotonic clock wraps while these tests run. */
class KvShardTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Fence FENCE = new Fence("job", 7);

  private KvShardBench shard;

  @AfterEach
  void stop() {
    shard.close();
  }

  private static KvOperation fenced(String key, Fence fence) {
    return put(key, "v", Ttl.NONE, fence);
  }

  private static List<Long> revisions(List<KvChange> changes) {
    return changes.stream().map(KvChange::revision).toList();
  }

  @Test
  void nothingIsAnsweredBeforeItsCommit() throws Exception {
    shard = KvShardBench.alone();

    long number = shard.send(put("a", "1"));

    List<KvChange> changes = shard.appended();
    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(number)).isEqualTo(new KvResult.Stored(true, 1, 0));
    assertThat(revisions(changes)).containsExactly(1L);
  }

  @Test
  void whatWaitsBehindACommitIsCommittedTogetherEachOnTheOneBefore() throws Exception {
    shard = KvShardBench.alone();
    long first = shard.send(put("a", "1"));
    long behind = shard.send(put("a", "2"), put("b", "1"), get("a"), delete("b"), get("b"));
    shard.commitNext();
    assertThat(shard.resultOf(first)).isEqualTo(new KvResult.Stored(true, 1, 0));

    List<KvChange> group = shard.appended();

    assertThat(revisions(group)).containsExactly(2L, 3L, 4L);
    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(behind)).isEqualTo(new KvResult.Stored(false, 2, 0));
    assertThat(shard.resultOf(behind + 1)).isEqualTo(new KvResult.Stored(true, 3, 0));
    assertThat(shard.valueOf(shard.resultOf(behind + 2))).isEqualTo("2");
    assertThat(shard.resultOf(behind + 3)).isEqualTo(new KvResult.Deleted(true, 4));
    assertThat(shard.resultOf(behind + 4)).isEqualTo(new KvResult.Absent());
  }

  @Test
  void aGroupHoldsFiveHundredAndTwelveOperations() throws Exception {
    shard = KvShardBench.alone();
    long first = shard.send(put("a", "1"));
    var many = new ArrayList<KvOperation>();
    for (int i = 0; i < 513; i++) {
      many.add(put("k" + i, "v"));
    }
    shard.send(many.toArray(new KvOperation[0]));
    shard.commitNext();
    shard.resultOf(first);

    assertThat(shard.commitNext()).hasSize(512);
    assertThat(shard.commitNext()).hasSize(1);
  }

  @Test
  void aGroupHoldsFourMebibytes() throws Exception {
    shard = KvShardBench.alone();
    long first = shard.send(put("a", "1"));
    String large = "x".repeat((1 << 20) - 1);
    shard.send(put("b", large), put("c", large), put("d", large), put("e", large), put("f", large));
    shard.commitNext();
    shard.resultOf(first);

    assertThat(shard.commitNext()).hasSize(4);
    assertThat(shard.commitNext()).hasSize(1);
  }

  @Test
  void whatChangesNothingIsAnsweredAtOnce() {
    shard = KvShardBench.alone();

    assertThat(shard.ask(delete("a"))).isEqualTo(new KvResult.Deleted(false, 0));

    shard.expectNothing();
  }

  @Test
  void aReadIsAnsweredBesideTheCommitOfAnotherKeyAndWaitsForThatOfItsOwn() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1"));
    shard.askAndCommit(put("b", "1"));
    long change = shard.send(put("a", "2"));
    shard.appended();

    long other = shard.send(get("b"));
    long own = shard.send(get("a"));

    assertThat(shard.valueOf(shard.resultOf(other))).isEqualTo("1");
    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(change)).isEqualTo(new KvResult.Stored(false, 3, 0));
    assertThat(shard.valueOf(shard.resultOf(own))).isEqualTo("2");
  }

  @Test
  void aReadWaitsForATransactionThatNamesItsKeyLater() throws Exception {
    shard = KvShardBench.alone();
    var steps =
        List.of(
            new KvOperation.Step(put("{t}/a", "1"), List.of()),
            new KvOperation.Step(put("{t}/b", "1"), List.of()));
    long transaction = shard.send(new KvOperation.Transaction(List.of(), steps, null));
    shard.appended();

    long read = shard.send(get("{t}/b"));

    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(transaction)).isInstanceOf(KvResult.Applied.class);
    assertThat(shard.valueOf(shard.resultOf(read))).isEqualTo("1");
  }

  @Test
  void aFailedCommitIsUnknownWhatWaitsIsNotAppliedAndRoomIsGivenBack() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1"));
    long used = shard.capacity.usedBytes();
    long underWay = shard.send(put("b", "1"));
    long behind = shard.send(put("c", "1"));
    shard.appended();

    shard.signal(HandJournal.fail("disk full"));

    assertThat(shard.resultOf(underWay)).isEqualTo(new KvResult.Unavailable("disk full", true));
    assertThat(shard.resultOf(behind)).isEqualTo(new KvResult.Unavailable("disk full", false));
    assertThat(shard.ask(put("d", "1"))).isEqualTo(new KvResult.Unavailable("disk full", false));
    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1");
    assertThat(shard.capacity.usedBytes()).isEqualTo(used);
  }

  @Test
  void whatTheJournalHoldsAfterAFailureCounts() throws Exception {
    shard = KvShardBench.alone();
    long underWay = shard.send(put("b", "12"));
    List<KvChange> changes = shard.appended();
    shard.signal(HandJournal.fail("no answer"));
    assertThat(shard.resultOf(underWay)).isEqualTo(new KvResult.Unavailable("no answer", true));
    var reread = new KvModel(HandJournal.HISTORY);
    changes.forEach(reread::apply); // it was committed all the same

    shard.read(reread);

    assertThat(shard.valueOf(shard.ask(get("b")))).isEqualTo("12");
    assertThat(shard.capacity.usedBytes()).isEqualTo(reread.kv().accountedBytes());
    assertThat(shard.askAndCommit(put("b", "3"))).isEqualTo(new KvResult.Stored(false, 2, 0));
  }

  @Test
  void whatComesWhileTheJournalIsReadWaits() throws Exception {
    shard = KvShardBench.unread();
    long read = shard.send(get("a"));
    long change = shard.send(put("a", "1"));

    shard.read(new KvModel(HandJournal.HISTORY));

    shard.commitNext();
    assertThat(shard.resultOf(read)).isEqualTo(new KvResult.Absent());
    assertThat(shard.resultOf(change)).isEqualTo(new KvResult.Stored(true, 1, 0));
  }

  @Test
  void anEntryIsRemovedAtItsDeadlineWithoutBeingAskedFor() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1", Ttl.after(5_000), null));

    shard.pass(Duration.ofMillis(4_999));
    shard.expectNothing();
    shard.pass(MILLI);

    assertThat(shard.commitNext()).containsExactly(new KvChange.Removed(key("a"), 2, true));
    assertThat(shard.stats().keys()).isEqualTo(0);
  }

  @Test
  void aTimerThatFiresEarlyIsSetAgain() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1", Ttl.after(1_000), null));
    shard.clock.advance(Duration.ofMillis(990));
    shard.timers.timePasses(Duration.ofMillis(1_000)); // Pekko's timer is due, the deadline is not
    shard.expectNothing();

    shard.pass(Duration.ofMillis(10));

    assertThat(shard.commitNext()).hasSize(1);
  }

  @Test
  void fromItsDeadlineOnAnEntryIsAbsentThoughNoTimerFired() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1", Ttl.after(1_000), null));
    shard.clock.advance(Duration.ofMillis(1_000));

    assertThat(shard.ask(get("a"))).isEqualTo(new KvResult.Absent());

    assertThat(shard.commitNext()).containsExactly(new KvChange.Removed(key("a"), 2, true));
  }

  @Test
  void massExpiryGoesInGroupsAndRequestsGoInBetween() throws Exception {
    var stored = new KvOperation[800];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = put("k" + i, "v", Ttl.after(1_000), null);
    }
    shard = KvShardBench.holding(stored);
    shard.expectNothing();
    shard.pass(Duration.ofMillis(1_000));
    assertThat(shard.appended()).hasSize(512);

    shard.send(put("new", "1"));
    shard.signal(HandJournal.commit());

    assertThat(shard.commitNext()).hasSize(800 - 512 + 1);
  }

  @Test
  void removalsThatWereNotCommittedAreTriedAgain() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1", Ttl.after(1_000), null));
    shard.pass(Duration.ofMillis(1_000));
    List<KvChange> removal = shard.appended();
    shard.signal(HandJournal.fail("disk full"));
    var reread = new KvModel(HandJournal.HISTORY);
    reread.apply(
        new KvChange.Written(new KvEntry(key("a"), Bytes.utf8("1"), Map.of(), 1, 0, 0, 1), true));

    shard.read(reread);

    assertThat(shard.commitNext()).isEqualTo(removal);
  }

  @Test
  void tenThousandOperationsWaitAndOneMoreIsOverload() throws Exception {
    shard = KvShardBench.alone();
    shard.send(put("a", "1"));
    shard.appended();
    for (int i = 0; i < 10; i++) {
      var many = new KvOperation[1_000];
      Arrays.fill(many, put("k", "v"));
      shard.send(many);
    }

    KvResult refused = shard.ask(put("k", "v"));

    assertThat(refused)
        .isEqualTo(
            new KvResult.Overloaded(
                "10000 operations wait in the shard already, of at most 10000"));
  }

  @Test
  void thirtyTwoMebibytesWaitAndMoreIsOverload() throws Exception {
    shard = KvShardBench.alone();
    shard.send(put("a", "1"));
    shard.appended();
    String large = "x".repeat((1 << 20) - 1);
    for (int i = 0; i < 32; i++) {
      shard.send(put("k", large));
    }

    assertThat(shard.ask(put("k", "v"))).isInstanceOf(KvResult.Overloaded.class);
  }

  @Test
  void aTokenThatMustBeVerifiedIsAskedAboutAndWhatFollowsOnTheKeyWaits() throws Exception {
    shard = KvShardBench.verifying();
    long guarded = shard.send(fenced("a", FENCE));
    long behind = shard.send(get("a"));
    var question = shard.asked();
    assertThat(question.key()).isEqualTo("job");
    assertThat(question.requests().get(0).operation()).isEqualTo(new LockOperation.Verify(7));
    assertThat(shard.ask(get("b"))).isEqualTo(new KvResult.Absent()); // another key does not wait
    shard.expectNothing();

    shard.lockSays(question, new LockAnswer.Verified("w7", 1_000));

    assertThat(shard.commitNext())
        .satisfiesExactly(
            mark -> assertThat(mark).isEqualTo(new KvChange.Marked("job", 7)),
            written -> assertThat(written).isInstanceOf(KvChange.Written.class));
    assertThat(shard.resultOf(guarded)).isEqualTo(new KvResult.Stored(true, 1, 0));
    assertThat(shard.valueOf(shard.resultOf(behind))).isEqualTo("v");
  }

  @Test
  void aTokenThatIsNotLiveIsUnknown() {
    shard = KvShardBench.verifying();
    long guarded = shard.send(fenced("a", FENCE));

    shard.lockSays(shard.asked(), LockAnswer.Refused.NOT_HELD);

    assertThat(shard.resultOf(guarded)).isEqualTo(new KvResult.UnknownFence());
  }

  @Test
  void aLockThatMovesIsAskedAgain() throws Exception {
    shard = KvShardBench.verifying();
    shard.send(fenced("a", FENCE));

    shard.lockSays(shard.asked(), LockAnswer.Moved.INSTANCE);

    shard.lockSays(shard.asked(), new LockAnswer.Verified("w7", 1_000));
    assertThat(shard.commitNext()).hasSize(2);
  }

  @Test
  void aLockThatDoesNotAnswerInTwoSecondsIsUnavailableAndWhatFollowsGoesOn() throws Exception {
    shard = KvShardBench.verifying();
    long guarded = shard.send(fenced("a", FENCE));
    long behind = shard.send(put("a", "2"));
    shard.asked();

    shard.pass(Duration.ofMillis(2_000));

    assertThat(shard.resultOf(guarded))
        .isEqualTo(new KvResult.Unavailable("lock job did not answer within 2000 ms", false));
    shard.commitNext();
    assertThat(shard.resultOf(behind)).isEqualTo(new KvResult.Stored(true, 1, 0));
  }

  @Test
  void operationsWithTheSameTokenShareAQuestion() throws Exception {
    shard = KvShardBench.verifying();
    shard.send(fenced("a", FENCE), fenced("b", FENCE));

    shard.lockSays(shard.asked(), new LockAnswer.Verified("w7", 1_000));

    assertThat(shard.commitNext())
        .satisfiesExactly(
            mark -> assertThat(mark).isEqualTo(new KvChange.Marked("job", 7)),
            first -> assertThat(first.watchedKey()).isEqualTo(key("a")),
            second -> assertThat(second.watchedKey()).isEqualTo(key("b")));
    shard.locks.expectNoMessage(Duration.ZERO);
  }

  @Test
  void aGuardedReadThatRaisesTheMarkWaitsForItsCommitAndTheNextCostsNothing() throws Exception {
    shard = KvShardBench.alone();
    var read = new KvOperation.Get(key("a"), Precondition.NONE, FENCE);
    long raising = shard.send(read);

    assertThat(shard.commitNext()).containsExactly(new KvChange.Marked("job", 7));

    assertThat(shard.resultOf(raising)).isEqualTo(new KvResult.Absent());
    assertThat(shard.ask(read)).isEqualTo(new KvResult.Absent());
    shard.expectNothing();
    assertThat(shard.ask(fenced("a", new Fence("job", 6)))).isEqualTo(new KvResult.StaleFence(7));
  }

  @Test
  void marksAreShownAndForgotten() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(fenced("a", FENCE));

    assertThat(shard.report(new KvShard.MarkOf("job"), false)).isEqualTo(new KvAnswer.Marked(7));
    shard.shard.tell(
        new KvShard.Ask(0, 99, false, new KvShard.Forget("job"), shard.client.getRef()));
    assertThat(shard.commitNext()).containsExactly(new KvChange.MarkForgotten("job"));

    assertThat(shard.client.expectMessageClass(KvAnswer.Report.class))
        .isEqualTo(new KvAnswer.Report(99, new KvAnswer.Forgotten(true)));
    assertThat(shard.report(new KvShard.Forget("job"), false))
        .isEqualTo(new KvAnswer.Forgotten(false));
    assertThat(shard.report(new KvShard.MarkOf("job"), false)).isEqualTo(new KvAnswer.Marked(0));
  }

  @Test
  void aStopFinishesWhatIsUnderWayAndSendsTheRestBack() throws Exception {
    shard = KvShardBench.alone();
    long underWay = shard.send(put("a", "1"));
    long behind = shard.send(put("b", "1"));
    shard.appended();

    shard.shard.tell(KvShard.Stop.INSTANCE);
    long late = shard.send(get("c"), put("c", "1"));

    assertThat(shard.resultOf(behind)).isNull();
    assertThat(shard.resultOf(late)).isEqualTo(new KvResult.Absent());
    assertThat(shard.resultOf(late + 1)).isNull();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(underWay)).isEqualTo(new KvResult.Stored(true, 1, 0));
    shard.client.expectTerminated(shard.shard);
    assertThat(shard.capacity.usedBytes()).isEqualTo(0);
  }

  @Test
  void whatAPartOfTheShardSubmitsIsCommittedAndPartsAreToldOfEverything() throws Exception {
    var told = new LinkedBlockingQueue<List<KvChange>>();
    shard =
        KvShardBench.alone(
            access ->
                new ShardPart() {
                  @Override
                  public boolean onMessage(KvMessage message) {
                    return false;
                  }

                  @Override
                  public void onImage() {}

                  @Override
                  public void onCommitted(List<KvChange> changes) {
                    told.add(changes);
                  }

                  @Override
                  public void onTick() {}

                  @Override
                  public void onEnd() {}
                });

    shard.askAndCommit(put("a", "1"));

    assertThat(told.take()).hasSize(1);
  }

  @Test
  void aRestartedShardGivesItsRoomBack() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(put("a", "1"));
    assertThat(shard.capacity.usedBytes()).isEqualTo(98);

    shard.kit.stop(shard.shard, Duration.ofSeconds(10));

    assertThat(shard.capacity.usedBytes()).isEqualTo(0);
  }
}
