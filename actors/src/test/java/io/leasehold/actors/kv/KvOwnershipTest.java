package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvShardBench.get;
import static io.leasehold.actors.kv.KvShardBench.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvResult;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a shard that another node may own does before it answers. */
class KvOwnershipTest {
  private static final String OTHER = "10.0.0.2:25520/1";
  private static final KvChange CLAIM = new KvChange.TakenOver(KvShardBench.NAME);
  private static final KvChange HANDED_OVER = new KvChange.TakenOver("");

  private KvShardBench shard;

  @AfterEach
  void stop() {
    shard.close();
  }

  /** A shard that was handed over, and has been claimed just now. */
  private void claimed() throws Exception {
    shard = KvShardBench.shared("", put("a", "1"));
    assertThat(shard.commitNext()).containsExactly(CLAIM);
  }

  private OwnerProver.Ask asked() {
    return shard.prover.expectMessageClass(OwnerProver.Ask.class);
  }

  @Test
  void aShardThatWasHandedOverIsClaimedAndWrittenAtOnce() throws Exception {
    shard = KvShardBench.shared("", put("a", "1"));
    long read = shard.send(get("a"));
    long change = shard.send(put("a", "2"));
    assertThat(shard.appended()).containsExactly(CLAIM);
    shard.expectNothing(); // not even the read: the one before might still write

    shard.signal(HandJournal.commit());
    shard.commitNext();

    assertThat(shard.valueOf(shard.resultOf(read))).isEqualTo("1");
    assertThat(shard.resultOf(change)).isEqualTo(new KvResult.Stored(false, 2, 0));
  }

  @Test
  void aShardThatWasTakenAcknowledgesNoWriteWhileTheOtherMayRead() throws Exception {
    shard = KvShardBench.shared(OTHER, put("a", "1"));
    assertThat(shard.commitNext()).containsExactly(CLAIM);
    long change = shard.send(put("b", "1"));
    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1"); // the claim is proof for reads

    shard.pass(KvShardBench.LEASE.multipliedBy(6).dividedBy(5).minusMillis(1));
    shard.expectNothing();
    shard.pass(Duration.ofMillis(2)); // timers count whole milliseconds

    assertThat(shard.commitNext()).hasSize(1);
    assertThat(shard.resultOf(change)).isEqualTo(new KvResult.Stored(true, 2, 0));
  }

  @Test
  void aShardThatIsStoppedIsHandedOverInTheJournal() throws Exception {
    claimed();

    shard.shard.tell(KvShard.Stop.INSTANCE);

    assertThat(shard.commitNext()).containsExactly(HANDED_OVER);
    shard.client.expectTerminated(shard.shard);
  }

  @Test
  void afterAReadLeaseWithoutACommitTheDatabaseIsAskedBeforeARead() throws Exception {
    claimed();
    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1");
    shard.clock.advance(KvShardBench.LEASE);

    long read = shard.send(get("a"));

    asked();
    shard.expectNothing();
    shard.proof(shard.clock.nanos(), 1);
    assertThat(shard.valueOf(shard.resultOf(read))).isEqualTo("1");
    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1");
  }

  @Test
  void theNextProofIsAskedForWhileTheLastOneHolds() throws Exception {
    claimed();
    shard.clock.advance(KvShardBench.LEASE.dividedBy(2));

    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1");

    asked();
    shard.proof(shard.clock.nanos(), 1);
    shard.clock.advance(KvShardBench.LEASE.minusNanos(1));
    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1");
  }

  @Test
  void aProofCountsFromTheBeginningOfTheQuestion() throws Exception {
    claimed();
    shard.clock.advance(KvShardBench.LEASE);
    long began = shard.clock.nanos();
    long read = shard.send(get("a"));
    asked();
    shard.clock.advance(KvShardBench.LEASE);

    shard.proof(began, 1);

    assertThat(shard.resultOf(read))
        .isEqualTo(
            new KvResult.Unavailable(
                "ownership cannot be proved: the answer came too late", false));
  }

  @Test
  void aJournalThatSomebodyElseHasWrittenIsNoProof() throws Exception {
    claimed();
    shard.clock.advance(KvShardBench.LEASE);
    long read = shard.send(get("a"));
    asked();

    shard.proof(shard.clock.nanos(), 2);

    assertThat(shard.resultOf(read))
        .isEqualTo(
            new KvResult.Unavailable(
                "ownership cannot be proved: the journal goes on to 2", false));
  }

  @Test
  void aDatabaseThatIsAwayStopsReadsButNotStaleOnes() throws Exception {
    claimed();
    shard.clock.advance(KvShardBench.LEASE);
    long read = shard.send(get("a"));
    asked();

    shard.shard.tell(new KvShard.Proof(0, shard.clock.nanos(), 0, "connection refused"));

    assertThat(shard.resultOf(read))
        .isEqualTo(
            new KvResult.Unavailable("ownership cannot be proved: connection refused", false));
    assertThat(shard.valueOf(shard.resultOf(shard.send(true, get("a"))))).isEqualTo("1");
    var page = (KvAnswer.Drawn) shard.report(KvShardBench.page(""), true);
    assertThat(page.page().entries()).hasSize(1);
  }

  @Test
  void aCommitIsProofToo() throws Exception {
    claimed();
    shard.clock.advance(KvShardBench.LEASE.multipliedBy(3));

    shard.askAndCommit(put("b", "1"));

    assertThat(shard.valueOf(shard.ask(get("a")))).isEqualTo("1");
  }

  @Test
  void aPageWaitsForProofToo() throws Exception {
    claimed();
    shard.clock.advance(KvShardBench.LEASE);
    shard.shard.tell(new KvShard.Ask(0, 77, false, KvShardBench.page(""), shard.client.getRef()));
    asked();

    shard.proof(shard.clock.nanos(), 1);

    var report = shard.client.expectMessageClass(KvAnswer.Report.class);
    assertThat(((KvAnswer.Drawn) report.content()).page().entries()).hasSize(1);
  }

  @Test
  void whoFindsTheNameOfAnotherAfterAFailureClaimsTheShardAgain() throws Exception {
    claimed();
    long change = shard.send(put("b", "1"));
    shard.appended();
    shard.signal(HandJournal.fail("duplicate key"));
    assertThat(shard.resultOf(change)).isInstanceOf(KvResult.Unavailable.class);
    var reread = new KvModel(HandJournal.HISTORY);
    reread.apply(new KvChange.TakenOver(OTHER));

    shard.read(reread);

    assertThat(shard.appended()).containsExactly(CLAIM);
    long read = shard.send(get("b"));
    shard.expectNothing();
    shard.signal(HandJournal.commit());
    shard.expectNothing(); // the claim is committed by now
    shard.pass(KvShardBench.LEASE.multipliedBy(2));
    asked();
    shard.proof(shard.clock.nanos(), 2);
    assertThat(shard.resultOf(read)).isEqualTo(new KvResult.Absent());
  }
}
