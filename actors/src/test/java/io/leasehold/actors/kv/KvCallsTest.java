package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvShardBench.get;
import static io.leasehold.actors.kv.KvShardBench.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.actors.lock.HandClock;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a request that a shard answers, does not answer, or does not look at. */
class KvCallsTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final KvStore.Caller CALLER =
      new KvStore.Caller("cor_1", KvStore.Consistency.CONSISTENT, false);
  private static final long PATIENCE = Duration.ofSeconds(5).toNanos();
  private static final KvResult DONE = new KvResult.Stored(true, 1, 0);

  private final HandClock clock = new HandClock(Long.MAX_VALUE - 5);
  private final TestProbe<KvMessage> shards = KIT.createTestProbe(KvMessage.class);
  private final RegionRef<KvMessage> region = new RegionRef<>();
  private final KvCalls calls =
      new KvCalls(clock, new ShardRouter(region, 16, clock), KvMetrics.NONE, 1 << 20);

  @BeforeEach
  void open() {
    region.set(shards.getRef());
    calls.desk(KIT.createTestProbe(KvAnswer.class).getRef());
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private CompletableFuture<KvResult> run(KvOperation operation) {
    return calls.run(3, List.of(operation), CALLER, PATIENCE).get(0);
  }

  private KvShard.Request sent() {
    return shards.expectMessageClass(KvShard.Run.class).requests().get(0);
  }

  private void answer(long number, KvResult result) {
    calls.answered(new KvAnswer.Results(List.of(new KvAnswer.Result(number, result, false))));
  }

  @Test
  void anAnswerFindsItsRequestByNumber() {
    var first = run(put("a", "1"));
    var second = run(put("b", "1"));
    long number = sent().number();
    long other = sent().number();

    answer(other, new KvResult.Absent());
    answer(number, DONE);
    answer(number, new KvResult.Absent()); // nobody waits for it any more

    assertThat(first).isCompletedWithValue(DONE);
    assertThat(second).isCompletedWithValue(new KvResult.Absent());
  }

  @Test
  void whatIsNotAnsweredInTimeIsUnavailableAndOnlyAChangeMayHaveBeenDone() {
    var change = run(put("a", "1"));
    var read = run(get("a"));
    clock.advance(Duration.ofNanos(PATIENCE - 1));
    calls.tick();
    assertThat(change).isNotDone();

    clock.advance(Duration.ofNanos(1));
    calls.tick();

    String why = "shard 3 did not answer within 5000 ms";
    assertThat(change).isCompletedWithValue(new KvResult.Unavailable(why, true));
    assertThat(read).isCompletedWithValue(new KvResult.Unavailable(why, false));
  }

  @Test
  void whatAMovingShardDidNotLookAtIsSentAgain() {
    var change = run(put("a", "1"));
    KvShard.Request before = sent();

    answer(before.number(), null);
    calls.tick();

    assertThat(sent()).isEqualTo(before);
    answer(before.number(), DONE);
    assertThat(change).isCompletedWithValue(DONE);
  }

  @Test
  void itIsNotSentAgainBehindALaterRequestOnItsKey() {
    var first = run(put("{t}/a", "1"));
    long number = sent().number();
    run(put("{t}/b", "1"));
    sent();

    answer(number, null);
    calls.tick();

    assertThat(first)
        .isCompletedWithValue(new KvResult.Unavailable("shard 3 moves to another node", false));
    shards.expectNoMessage(Duration.ZERO);
  }

  @Test
  void requestsThatCameBackTogetherAreSentAgainInTheirOrder() {
    run(put("a", "1"));
    run(put("a", "2"));
    KvShard.Request first = sent();
    KvShard.Request second = sent();

    answer(first.number(), null);
    answer(second.number(), null);
    calls.tick();

    assertThat(sent()).isEqualTo(first);
    assertThat(sent()).isEqualTo(second);
  }

  @Test
  void partsOfATransactionAreOneAnswer() {
    var steps = List.of(new KvOperation.Step(get("a"), List.of()));
    var result = run(new KvOperation.Transaction(List.of(), steps, null));
    long number = sent().number();
    KvResult found =
        new KvResult.Found(new KvEntry(Bytes.utf8("a"), Bytes.EMPTY, Map.of(), 1, 0, 0, 0), 0);

    calls.answered(
        new KvAnswer.Results(
            List.of(
                new KvAnswer.Result(number, new KvResult.Applied(List.of(found), 0), true),
                new KvAnswer.Result(number, new KvResult.Applied(List.of(found), 9), false))));

    assertThat(result).isCompletedWithValue(new KvResult.Applied(List.of(found, found), 9));
  }

  @Test
  void openRequestsMayBringSoManyBytesTogether() {
    var large =
        new KvOperation.Put(
            Bytes.utf8("a"),
            Bytes.of(new byte[(1 << 20) - 1]),
            Map.of(),
            Ttl.NONE,
            Precondition.NONE,
            null);
    var first = run(large);
    long number = sent().number();

    assertThat(run(put("b", "1")).getNow(null)).isInstanceOf(KvResult.Overloaded.class);

    answer(number, DONE);
    assertThat(first).isCompletedWithValue(DONE);
    assertThat(run(put("b", "1"))).isNotDone();
  }

  @Test
  void aNodeThatStopsSendsNothing() {
    region.close();

    assertThat(run(put("a", "1")))
        .isCompletedWithValue(new KvResult.Unavailable("this node stops", false));
  }

  @Test
  void whatIsOpenWhenTheNodeStopsIsToldSo() {
    var change = run(put("a", "1"));
    var question = calls.ask(3, new KvShard.Measure(), true, PATIENCE);

    calls.end();

    assertThat(change.getNow(null)).isInstanceOf(KvResult.Unavailable.class);
    assertThat(question.getNow(null)).isInstanceOf(KvAnswer.Failed.class);
  }
}
