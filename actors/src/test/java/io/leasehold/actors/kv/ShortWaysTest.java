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
class ShortWaysTest {
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
  private final ShortWays ways = new ShortWays(region, 8, clock);

  ShortWaysTest() {
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
    ways.arrived(SHARD, near.getRef());
    ways.ask(SHARD, told.getRef());
    far.expectMessageClass(KvShard.Wake.class);
    ways.reached(SHARD, true);
  }

  @Test
  void withoutAShardHereEverythingGoesThroughTheRegion() {
    ways.tell(question(1));
    assertThat(next(far)).isEqualTo(1);
    assertThat(ways.mayOpen(SHARD)).isFalse();
  }

  @Test
  void whatFollowsTheQuestionWaitsForWhatWentBefore() {
    ways.arrived(SHARD, near.getRef());
    assertThat(ways.mayOpen(SHARD)).isTrue();
    ways.tell(question(1));
    ways.ask(SHARD, told.getRef());
    ways.tell(question(2));
    assertThat(next(far)).isEqualTo(1);
    far.expectMessageClass(KvShard.Wake.class);
    far.expectNoMessage(Duration.ZERO);
    near.expectNoMessage(Duration.ZERO); // it would overtake the first, which may be under way yet
    ways.reached(SHARD, true);
    ways.tell(question(3));
    assertThat(next(near)).isEqualTo(2);
    assertThat(next(near)).isEqualTo(3);
    far.expectNoMessage(Duration.ZERO);
    assertThat(ways.mayOpen(SHARD)).isFalse();
  }

  @Test
  void aShardThatStopsIsToldNothingMore() {
    open();
    ways.left(SHARD, near.getRef());
    ways.tell(question(1));
    assertThat(next(far)).isEqualTo(1);
    near.expectNoMessage(Duration.ZERO);
    ways.left(SHARD, near.getRef()); // it says so twice: at the begin and at the end
    assertThat(ways.mayOpen(SHARD)).isFalse();
  }

  @Test
  void whatIsHeldGoesThroughTheRegionIfTheShardLeavesOrAnswersFromElsewhereOrNotAtAll() {
    ways.arrived(SHARD, near.getRef());
    ways.ask(SHARD, told.getRef());
    ways.tell(question(1));
    far.expectMessageClass(KvShard.Wake.class);
    ways.giveUp(SHARD);
    assertThat(next(far)).isEqualTo(1);
    assertThat(ways.mayOpen(SHARD)).isFalse(); // the answer may still come
    ways.reached(SHARD, true);
    ways.tell(question(2));
    assertThat(next(far)).isEqualTo(2); // too late: meanwhile others went through the region
    assertThat(ways.mayOpen(SHARD)).isTrue();

    ways.ask(SHARD, told.getRef());
    ways.tell(question(3));
    far.expectMessageClass(KvShard.Wake.class);
    ways.reached(SHARD, false);
    assertThat(next(far)).isEqualTo(3);

    ways.ask(SHARD, told.getRef());
    ways.tell(question(4));
    far.expectMessageClass(KvShard.Wake.class);
    ways.left(SHARD, near.getRef());
    assertThat(next(far)).isEqualTo(4);
    near.expectNoMessage(Duration.ZERO);
  }

  @Test
  void aQuestionThatWasLostIsAskedAgain() {
    ways.arrived(SHARD, near.getRef());
    ways.ask(SHARD, told.getRef());
    ways.giveUp(SHARD);
    nanos.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(ways.mayOpen(SHARD)).isFalse();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(ways.mayOpen(SHARD)).isTrue();
  }

  @Test
  void anotherShardInItsPlaceIsReachedAnew() {
    open();
    TestProbe<KvMessage> next = KIT.createTestProbe(KvMessage.class);
    ways.arrived(SHARD, next.getRef());
    ways.tell(question(1));
    assertThat(next(far)).isEqualTo(1);
    ways.left(SHARD, near.getRef()); // the one before is late: nothing of the new one changes
    assertThat(ways.mayOpen(SHARD)).isTrue();
  }

  @Test
  void nothingIsSentOnceTheRegionIsClosed() {
    open();
    region.close();
    ways.tell(question(1));
    near.expectNoMessage(Duration.ZERO);
    far.expectNoMessage(Duration.ZERO);
    assertThat(ways.isClosed()).isTrue();
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
                  ways.reached(status.shard(), true);
                  return Behaviors.same();
                }));
    var sender =
        new Thread(
            () -> {
              for (long i = 1; i <= count; i++) {
                ways.tell(question(i));
              }
            });
    ways.arrived(SHARD, shard);
    sender.start();
    int opened = 0;
    do {
      if (ways.mayOpen(SHARD)) {
        ways.ask(SHARD, keeper);
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
