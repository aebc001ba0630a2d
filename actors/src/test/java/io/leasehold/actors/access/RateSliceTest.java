package io.leasehold.actors.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What one node makes of one bucket, alone and with others; time is moved by hand. */
class RateSliceTest {
  private static final RatePolicy TEN = new RatePolicy(10, 10);

  private final AtomicLong nanos = new AtomicLong(5_000_000_000L);
  private final FakeNode node = new FakeNode();
  private final RateSlice slice = new RateSlice("b", TEN, clock(), node, 200_000_000L, 50_000_000L);

  private Clock clock() {
    return new Clock() {
      @Override
      public long nanos() {
        return nanos.get();
      }

      @Override
      public long wallMillis() {
        return nanos.get() / 1_000_000;
      }
    };
  }

  private record Asked(long want, long need, long known) {}

  private static final class FakeNode implements RateSlice.Node {
    final List<Asked> asked = new ArrayList<>();
    long givenBack;
    int fallbacks;
    int members = 1;

    @Override
    public int members() {
      return members;
    }

    @Override
    public void lease(String bucket, RatePolicy policy, long want, long need, long known) {
      asked.add(new Asked(want, need, known));
    }

    @Override
    public void giveBack(String bucket, long tokens) {
      givenBack += tokens;
    }

    @Override
    public void fellBack() {
      fallbacks++;
    }
  }

  private static RateDecision now(CompletionStage<RateDecision> decision) {
    CompletableFuture<RateDecision> future = decision.toCompletableFuture();
    assertThat(future).isDone();
    return future.join();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void aloneItAdmitsTheBurstAndThenTheRate() {
    for (int i = 0; i < 10; i++) {
      assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
    }
    RateDecision refused = now(slice.take(TEN, 1));
    assertThat(refused.admitted()).isFalse();
    assertThat(Duration.ofNanos(refused.retryInNanos())).isEqualTo(Duration.ofMillis(100));

    pass(Duration.ofMillis(99));
    assertThat(now(slice.take(TEN, 1)).admitted()).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
    assertThat(node.asked).isEmpty();
  }

  @Test
  void aRefusedBatchCostsNothingAndOneOverTheBurstIsNeverAdmitted() {
    assertThat(now(slice.take(TEN, 7)).admitted()).isTrue();
    assertThat(now(slice.take(TEN, 4)).admitted()).isFalse();
    RateDecision rest = now(slice.take(TEN, 3));
    assertThat(rest.admitted()).isTrue();
    assertThat(rest.remaining()).isZero();

    assertThat(now(slice.take(TEN, 11)).retryInNanos()).isEqualTo(RateDecision.NEVER);
  }

  @Test
  void aChangedQuotaHoldsAtOnceInProportion() {
    assertThat(now(slice.take(TEN, 5)).admitted()).isTrue(); // half is left
    RateDecision decision = now(slice.take(new RatePolicy(100, 100), 50));
    assertThat(decision.admitted()).isTrue();
    assertThat(decision.remaining()).isZero();
  }

  @Test
  void withOthersItSpendsWhatItWasLeasedAndTellsWhatItHadBefore() {
    assertThat(now(slice.take(TEN, 4)).admitted()).isTrue();
    node.members = 3;

    CompletionStage<RateDecision> first = slice.take(TEN, 2);
    CompletionStage<RateDecision> second = slice.take(TEN, 1);

    assertThat(first.toCompletableFuture()).isNotDone();
    assertThat(node.asked).containsExactly(new Asked(2, 2, 6));
    slice.granted(new RateOwner.Granted("b", 3, 3, 0));
    assertThat(now(first).admitted()).isTrue();
    assertThat(now(second).admitted()).isTrue();
  }

  @Test
  void whatTheOwnerDoesNotHaveIsRefusedWithoutAskingAgain() {
    node.members = 2;
    CompletionStage<RateDecision> first = slice.take(TEN, 1);
    slice.granted(new RateOwner.Granted("b", 0, 0, 100_000_000L));

    assertThat(now(first).admitted()).isFalse();
    assertThat(Duration.ofNanos(now(first).retryInNanos())).isEqualTo(Duration.ofMillis(100));
    assertThat(now(slice.take(TEN, 1)).admitted()).isFalse();
    assertThat(node.asked).hasSize(1);

    pass(Duration.ofMillis(101));
    assertThat(slice.take(TEN, 1).toCompletableFuture()).isNotDone();
    assertThat(node.asked).hasSize(2);
  }

  @Test
  void anOwnerThatDoesNotAnswerIsDoneWithoutByTheShareOfTheNode() {
    node.members = 5;
    var decisions = new ArrayList<CompletionStage<RateDecision>>();
    for (int i = 0; i < 4; i++) {
      decisions.add(slice.take(TEN, 1));
    }
    pass(Duration.ofMillis(49));
    slice.tick();
    assertThat(decisions.get(0).toCompletableFuture()).isNotDone();

    pass(Duration.ofMillis(1));
    slice.tick();

    // a fifth of the burst
    assertThat(decisions.stream().map(each -> now(each).admitted()))
        .containsExactly(true, true, false, false);
    assertThat(node.fallbacks).isEqualTo(4);

    // whoever comes next does not wait again
    assertThat(now(slice.take(TEN, 1)).admitted()).isFalse();

    // and what it admitted without the owner is paid when the owner is back
    pass(Duration.ofMillis(150));
    slice.tick();
    slice.take(TEN, 1);
    assertThat(node.asked.get(node.asked.size() - 1)).isEqualTo(new Asked(3, 0, -1));
    slice.granted(new RateOwner.Granted("b", 3, 0, 0));
    assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
    assertThat(slice.take(TEN, 1).toCompletableFuture()).isNotDone();
  }

  @Test
  void withoutTheOwnerABatchLargerThanTheShareTakesTheShareAndOwesTheRest() {
    node.members = 5;
    CompletionStage<RateDecision> batch = slice.take(TEN, 10);
    CompletionStage<RateDecision> next = slice.take(TEN, 10);
    pass(Duration.ofMillis(50));
    slice.tick();

    assertThat(now(batch).admitted()).isTrue();
    assertThat(now(next).admitted()).isFalse();
    assertThat(Duration.ofNanos(now(next).retryInNanos())).isEqualTo(Duration.ofSeconds(1));
    assertThat(now(next).policy()).isEqualTo(TEN);
    pass(Duration.ofMillis(150));
    slice.tick();
    slice.take(TEN, 1);
    assertThat(node.asked.get(node.asked.size() - 1)).isEqualTo(new Asked(10, 0, -1));
  }

  /** Else a node would stand still after a failover for as long as there was no owner. */
  @Test
  void itsShareOfAnOwnerThatIsGoneIsOwedToNobody() {
    node.members = 5; // two tokens a second for this node
    slice.take(TEN, 1);
    pass(Duration.ofMillis(50));
    slice.tick();
    int admitted = 0;
    for (int i = 0; i < 40; i++) {
      pass(Duration.ofMillis(500));
      admitted += now(slice.take(TEN, 1)).admitted() ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(40);

    slice.granted(new RateOwner.Granted("b", 4, 6, 0));
    assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
    assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
  }

  @Test
  void aQuotaThatIsRaisedEndsARefusal() {
    node.members = 2;
    CompletionStage<RateDecision> batch = slice.take(TEN, 10);
    slice.granted(new RateOwner.Granted("b", 0, 0, 1_000_000_000L));
    assertThat(now(batch).admitted()).isFalse();
    assertThat(now(slice.take(TEN, 10)).admitted()).isFalse();

    CompletionStage<RateDecision> raised = slice.take(new RatePolicy(1_000, 1_000), 10);

    assertThat(raised.toCompletableFuture()).isNotDone();
    slice.granted(new RateOwner.Granted("b", 10, 0, 0));
    assertThat(now(raised).admitted()).isTrue();
  }

  @Test
  void ofWhatWasLeasedUnderAHigherQuotaOnlyItsPartIsSpent() {
    node.members = 2;
    CompletionStage<RateDecision> first = slice.take(TEN, 1);
    slice.granted(new RateOwner.Granted("b", 9, 0, 0));
    assertThat(now(first).admitted()).isTrue();
    var lower = new RatePolicy(5, 5);

    for (int i = 0; i < 4; i++) {
      assertThat(now(slice.take(lower, 1)).admitted()).isTrue();
    }

    assertThat(slice.take(lower, 1).toCompletableFuture()).isNotDone();
  }

  @Test
  void aBatchThatALoweredQuotaNeverAdmitsIsToldSo() {
    node.members = 2;
    CompletionStage<RateDecision> batch = slice.take(TEN, 10);
    CompletionStage<RateDecision> one = slice.take(new RatePolicy(5, 5), 1);

    slice.granted(new RateOwner.Granted("b", 5, 0, 0));

    assertThat(now(batch).retryInNanos()).isEqualTo(RateDecision.NEVER);
    assertThat(now(one).admitted()).isTrue();
  }

  @Test
  void whoIsLeftAloneGoesOnWithWhatTheOwnerHad() {
    node.members = 2;
    CompletionStage<RateDecision> first = slice.take(TEN, 1);
    slice.granted(new RateOwner.Granted("b", 1, 4, 0));
    assertThat(now(first).admitted()).isTrue();
    node.members = 1;
    slice.tick();

    for (int i = 0; i < 4; i++) {
      assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
    }
    assertThat(now(slice.take(TEN, 1)).admitted()).isFalse();

    // and tells it when others come again
    pass(Duration.ofMillis(300));
    node.members = 2;
    slice.take(TEN, 1);
    assertThat(node.asked.get(node.asked.size() - 1).known()).isEqualTo(3);
  }

  @Test
  void whatWaitsForNothingNeedNotBeLookedAt() {
    assertThat(now(slice.take(TEN, 1)).admitted()).isTrue();
    assertThat(slice.tick()).isFalse();
    node.members = 2;
    slice.take(TEN, 1);
    assertThat(slice.tick()).isTrue();
    slice.granted(new RateOwner.Granted("b", 3, 3, 0));
    assertThat(slice.tick()).isTrue();
    pass(Duration.ofMillis(200));
    assertThat(slice.tick()).isFalse();
    assertThat(node.givenBack).isEqualTo(2);
  }

  @Test
  void whatIsNotUsedGoesBackWhenTheLeaseEnds() {
    node.members = 2;
    CompletionStage<RateDecision> first = slice.take(TEN, 1);
    slice.granted(new RateOwner.Granted("b", 5, 5, 0));
    assertThat(now(first).admitted()).isTrue();

    pass(Duration.ofMillis(199));
    slice.tick();
    assertThat(node.givenBack).isZero();
    pass(Duration.ofMillis(1));
    slice.tick();
    assertThat(node.givenBack).isEqualTo(4);
  }

  @Test
  void onlyAFullBucketThatIsNotUsedIsForgotten() {
    assertThat(now(slice.take(TEN, 10)).admitted()).isTrue();
    long idle = TimeUnit.SECONDS.toNanos(60);
    pass(Duration.ofMillis(999));
    assertThat(slice.forget(0)).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(slice.forget(idle)).isFalse();
    pass(Duration.ofSeconds(59));
    assertThat(slice.forget(idle)).isTrue();

    assertThat(slice.take(TEN, 1)).isNull(); // the bucket needs a new one
  }

  @Test
  void aDebtIsNotForgottenBeforeTimeHasPaidIt() {
    var slow = new RatePolicy(1, 100);
    node.members = 2;
    slice.take(slow, 100);
    pass(Duration.ofMillis(50));
    slice.tick();

    pass(Duration.ofSeconds(99));
    assertThat(slice.forget(TimeUnit.SECONDS.toNanos(60))).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(slice.forget(TimeUnit.SECONDS.toNanos(60))).isTrue();
  }
}
