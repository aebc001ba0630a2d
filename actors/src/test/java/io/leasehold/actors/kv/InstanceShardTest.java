package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvShardBench.get;
import static io.leasehold.actors.kv.KvShardBench.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.Effect;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the shard of an embedded instance answers, and when. */
class InstanceShardTest {
  private KvShardBench shard;

  @AfterEach
  void stop() {
    shard.close();
  }

  static KvOperation commands(String... lines) {
    return commands("one", false, lines);
  }

  static KvOperation.Commands commands(String instance, boolean transaction, String... lines) {
    var commands =
        Arrays.stream(lines)
            .map(line -> Arrays.stream(line.split(" ")).map(Bytes::utf8).toList())
            .toList();
    return new KvOperation.Commands(instance, commands, transaction, 1 << 20);
  }

  private static KvResult replies(Reply... replies) {
    return new KvResult.Replies(List.of(replies));
  }

  private static Reply number(long value) {
    return new Reply.WholeNumber(value);
  }

  @Test
  void nothingIsAnsweredBeforeItsCommit() throws Exception {
    shard = KvShardBench.alone();

    long number = shard.send(commands("SET k v", "APPEND k w", "GET k"));

    assertThat(shard.appended())
        .containsExactly(
            new KvChange.InstanceChanged(
                "one",
                List.of(
                    new Effect.StringSet(Bytes.utf8("k"), Bytes.utf8("v"), 0),
                    new Effect.StringPatched(Bytes.utf8("k"), 1, Bytes.utf8("w")))));
    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(number))
        .isEqualTo(replies(Replies.OK, number(2), Replies.bulk("vw")));
  }

  @Test
  void aReadIsAnsweredBesideTheCommitOfAnotherInstanceAndShowsNothingOfIt() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(commands("SET k 1"));
    long other = shard.send(commands("two", false, "SET k 2"));
    shard.appended();

    assertThat(shard.ask(commands("GET k"))).isEqualTo(replies(Replies.bulk("1")));
    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(other)).isEqualTo(replies(Replies.OK));
  }

  @Test
  void aReadBehindAWriteOfItsInstanceWaitsForIt() throws Exception {
    shard = KvShardBench.alone();
    long write = shard.send(commands("SET a 1"));
    shard.appended();

    long read = shard.send(commands("GET b", "GET a"));

    shard.expectNothing();
    shard.signal(HandJournal.commit());
    assertThat(shard.resultOf(write)).isEqualTo(replies(Replies.OK));
    assertThat(shard.resultOf(read)).isEqualTo(replies(Replies.NIL, Replies.bulk("1")));
  }

  @Test
  void instancesAndStoreAreCommittedTogetherAndSeeNothingOfEachOther() throws Exception {
    shard = KvShardBench.alone();
    long first = shard.send(put("k", "kv"));
    long behind =
        shard.send(commands("SET k one"), commands("two", false, "GET k"), get("k"), put("b", "2"));
    // nothing of the other instance is under way
    assertThat(shard.resultOf(behind + 1)).isEqualTo(replies(Replies.NIL));
    shard.commitNext();
    shard.resultOf(first);

    assertThat(shard.commitNext()).hasSize(2);

    assertThat(shard.resultOf(behind)).isEqualTo(replies(Replies.OK));
    assertThat(shard.valueOf(shard.resultOf(behind + 2))).isEqualTo("kv");
    assertThat(shard.resultOf(behind + 3)).isInstanceOf(KvResult.Stored.class);
    assertThat(shard.stats().keys()).isEqualTo(2);
  }

  @Test
  void aGroupThatIsNotCommittedLeavesNothingBehind() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(commands("RPUSH l a b"));
    long used = shard.capacity.usedBytes();
    long lost = shard.send(commands("LPOP l", "SET k v"));
    shard.appended();

    shard.signal(HandJournal.fail("no disk"));

    assertThat(shard.resultOf(lost)).isEqualTo(new KvResult.Unavailable("no disk", true));
    var reread = new KvModel(HandJournal.HISTORY);
    reread.apply(
        new KvChange.InstanceChanged(
            "one",
            List.of(
                new Effect.Pushed(
                    Bytes.utf8("l"), false, List.of(Bytes.utf8("a"), Bytes.utf8("b"))))));
    shard.read(reread);
    assertThat(shard.ask(commands("LRANGE l 0 -1", "EXISTS k")))
        .isEqualTo(
            replies(Replies.array(List.of(Replies.bulk("a"), Replies.bulk("b"))), Replies.ZERO));
    assertThat(shard.capacity.usedBytes()).isEqualTo(used);
  }

  @Test
  void aTransactionIsOneOperationAndAnsweredAsOne() throws Exception {
    shard = KvShardBench.alone();

    KvResult done = shard.askAndCommit(commands("one", true, "SET a 1", "INCR a", "LPUSH a x"));

    assertThat(done)
        .isEqualTo(
            replies(
                Replies.array(
                    List.of(
                        Replies.OK,
                        number(2),
                        new Reply.Failure(
                            "WRONGTYPE Operation against a key holding the wrong kind of"
                                + " value")))));
    var discarded = (KvResult.Replies) shard.ask(commands("one", true, "SET a 9", "NOSUCH"));
    assertThat(discarded.replies().get(0)).isInstanceOf(Reply.Failure.class);
    assertThat(shard.ask(commands("GET a"))).isEqualTo(replies(Replies.bulk("2")));
  }

  @Test
  void keysOfInstancesExpireByTheShardsTimer() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(commands("SET k v PX 20", "SET stays v"));

    shard.pass(Duration.ofMillis(20));

    assertThat(shard.commitNext())
        .containsExactly(
            new KvChange.InstanceChanged(
                "one", List.of(new Effect.Removed(Bytes.utf8("k"), true))));
    assertThat(shard.ask(commands("DBSIZE"))).isEqualTo(replies(number(1)));
  }

  @Test
  void anEmptiedInstanceIsGone() throws Exception {
    shard = KvShardBench.alone();
    shard.askAndCommit(commands("SET k v"));
    assertThat(shard.capacity.usedBytes()).isPositive();

    shard.askAndCommit(commands("FLUSHALL"));

    assertThat(shard.capacity.usedBytes()).isZero();
  }

  @Test
  void aReadWithoutProofOfOwnershipWaitsForIt() throws Exception {
    shard = KvShardBench.shared("");
    shard.commitNext(); // the shard is claimed
    shard.pass(KvShardBench.LEASE.multipliedBy(2));
    shard.askAndCommit(commands("SET k v"));
    shard.pass(KvShardBench.LEASE);

    long read = shard.send(commands("GET k"));

    shard.prover.expectMessageClass(OwnerProver.Message.class);
    shard.expectNothing();
    shard.proof(shard.clock.nanos(), 2);
    assertThat(shard.resultOf(read)).isEqualTo(replies(Replies.bulk("v")));
  }
}
