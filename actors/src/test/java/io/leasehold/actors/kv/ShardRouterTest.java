package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What is sent to a shard arrives once and in order, whichever way it goes. */
class ShardRouterTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final int SHARD = 3;

  private final AtomicLong nanos = new AtomicLong(1);
  private final Clock clock =
      new Clock() {
        @Override
        public long nanos() {
          return nanos.get();
        }

        @Override
        public long wallMillis() {
          return nanos.get() / 1_000_000;
        }
      };
  private final TestProbe<KvMessage> far = KIT.createTestProbe(KvMessage.class);
  private final TestProbe<KvMessage> near = KIT.createTestProbe(KvMessage.class);
  private final TestProbe<KvShard.Status> told = KIT.createTestProbe(KvShard.Status.class);
  private final TestProbe<KvAnswer> answers = KIT.createTestProbe(KvAnswer.class);
  private final RegionRef<KvMessage> region = new RegionRef<>();
  private final ShardRouter router = new ShardRouter(region, 8, clock);

  ShardRouterTest() {
    region.set(far.getRef());
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private KvMessage question(long number) {
    return new KvShard.Ask(SHARD, number, false, new KvShard.Measure(), answers.getRef());
  }

  private static long next(TestProbe<KvMessage> place) {
    return place.expectMessageClass(KvShard.Ask.class).number();
  }

  private void open() {
    router.arrived(SHARD, near.getRef());
    router.ask(SHARD, told.getRef());
    far.expectMessageClass(KvShard.Wake.class);
    router.reached(SHARD, true);
  }

  @Test
  void withoutAShardHereEverythingGoesThroughTheRegion() {
    router.tell(question(1));
    assertThat(next(far)).isEqualTo(1);
    assertThat(router.mayOpen(SHARD)).isFalse();
  }

  @Test
  void whatFollowsTheQuestionWaitsForWhatWentBefore() {
    router.arrived(SHARD, near.getRef());
    assertThat(router.mayOpen(SHARD)).isTrue();
    router.tell(question(1));
    router.ask(SHARD, told.getRef());
    router.tell(question(2));
    assertThat(next(far)).isEqualTo(1);
    far.expectMessageClass(KvShard.Wake.class);
    far.expectNoMessage(Duration.ZERO);
    near.expectNoMessage(Duration.ZERO); // it would overtake the first, which may be under way yet
    router.reached(SHARD, true);
    router.tell(question(3));
    assertThat(next(near)).isEqualTo(2);
    assertThat(next(near)).isEqualTo(3);
    far.expectNoMessage(Duration.ZERO);
    assertThat(router.mayOpen(SHARD)).isFalse();
  }

  @Test
  void aShardThatStopsIsToldNothingMore() {
    open();
    router.left(SHARD, near.getRef());
    router.tell(question(1));
    assertThat(next(far)).isEqualTo(1);
    near.expectNoMessage(Duration.ZERO);
    router.left(SHARD, near.getRef()); // it says so twice: at the begin and at the end
    assertThat(router.mayOpen(SHARD)).isFalse();
  }

  @Test
  void whatIsHeldGoesThroughTheRegionIfTheShardLeavesOrAnswersFromElsewhereOrNotAtAll() {
    router.arrived(SHARD, near.getRef());
    router.ask(SHARD, told.getRef());
    router.tell(question(1));
    far.expectMessageClass(KvShard.Wake.class);
    router.giveUp(SHARD);
    assertThat(next(far)).isEqualTo(1);
    assertThat(router.mayOpen(SHARD)).isFalse(); // the answer may still come
    router.reached(SHARD, true);
    router.tell(question(2));
    assertThat(next(far)).isEqualTo(2); // too late: meanwhile others went through the region
    assertThat(router.mayOpen(SHARD)).isTrue();

    router.ask(SHARD, told.getRef());
    router.tell(question(3));
    far.expectMessageClass(KvShard.Wake.class);
    router.reached(SHARD, false);
    assertThat(next(far)).isEqualTo(3);

    router.ask(SHARD, told.getRef());
    router.tell(question(4));
    far.expectMessageClass(KvShard.Wake.class);
    router.left(SHARD, near.getRef());
    assertThat(next(far)).isEqualTo(4);
    near.expectNoMessage(Duration.ZERO);
  }

  @Test
  void aQuestionThatWasLostIsAskedAgain() {
    router.arrived(SHARD, near.getRef());
    router.ask(SHARD, told.getRef());
    router.giveUp(SHARD);
    nanos.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(router.mayOpen(SHARD)).isFalse();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(router.mayOpen(SHARD)).isTrue();
  }

  @Test
  void anotherShardInItsPlaceIsReachedAnew() {
    open();
    TestProbe<KvMessage> next = KIT.createTestProbe(KvMessage.class);
    router.arrived(SHARD, next.getRef());
    router.tell(question(1));
    assertThat(next(far)).isEqualTo(1);
    router.left(SHARD, near.getRef()); // the one before is late: nothing of the new one changes
    assertThat(router.mayOpen(SHARD)).isTrue();
  }

  @Test
  void nothingIsSentOnceTheRegionIsClosed() {
    open();
    region.close();
    router.tell(question(1));
    near.expectNoMessage(Duration.ZERO);
    far.expectNoMessage(Duration.ZERO);
    assertThat(router.isClosed()).isTrue();
  }

  /** A region that takes its time, and a sender that does not care. */
  @Test
  void theOrderOfASenderHoldsWhileTheWayOpensAndCloses() throws InterruptedException {
    int count = 30_000;
    TestProbe<Done> over = KIT.createTestProbe(Done.class);
    var seen = new ArrayList<Long>(); // confined to the shard
    ActorRef<KvMessage> shard =
        KIT.spawn(
            Behaviors.receiveMessage(
                message -> {
                  if (message instanceof KvShard.Wake wake) {
                    wake.replyTo().tell(new KvShard.Status(SHARD, true, "here"));
                  } else if (message instanceof KvShard.Ask ask) {
                    seen.add(ask.number());
                    if (ask.number() == count) {
                      over.getRef().tell(Done.getInstance());
                    }
                  }
                  return Behaviors.same();
                }));
    region.set(
        KIT.spawn(
            Behaviors.receiveMessage(
                message -> {
                  Thread.yield();
                  shard.tell(message);
                  return Behaviors.same();
                })));
    ActorRef<KvShard.Status> keeper =
        KIT.spawn(
            Behaviors.receiveMessage(
                status -> {
                  router.reached(status.shard(), true);
                  return Behaviors.same();
                }));
    var sender =
        new Thread(
            () -> {
              for (long i = 1; i <= count; i++) {
                router.tell(question(i));
              }
            });
    router.arrived(SHARD, shard);
    sender.start();
    int opened = 0;
    do {
      if (router.mayOpen(SHARD)) {
        router.ask(SHARD, keeper);
        opened++;
      }
      Thread.onSpinWait();
    } while (sender.isAlive());
    sender.join();
    over.expectMessage(Duration.ofSeconds(20), Done.getInstance());
    assertThat(opened).isPositive();
    assertThat(seen).isEqualTo(rising(count));
  }

  private static List<Long> rising(int count) {
    var all = new ArrayList<Long>();
    for (long i = 1; i <= count; i++) {
      all.add(i);
    }
    return all;
  }
}
