package io.leasehold.actors.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A slot before an owner that notes what it is told, and what travels to it. */
class TraceSlotTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private static final class Noting implements TraceOwner {
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    final AtomicInteger asked = new AtomicInteger();
    volatile boolean idle;

    @Override
    public void take(int slot, byte[] lines, List<String> lost) {
      told.add(slot + " " + new String(lines, UTF_8) + lost);
    }

    @Override
    public CompletionStage<Optional<String>> shown(String tid) {
      return switch (tid) {
        case "known" -> CompletableFuture.completedFuture(Optional.of("{}"));
        case "fails" -> CompletableFuture.failedFuture(new IllegalStateException("stopped"));
        default -> CompletableFuture.completedFuture(Optional.empty());
      };
    }

    @Override
    public void moved(int slot) {
      told.add("moved " + slot);
    }

    @Override
    public CompletionStage<Boolean> isIdle(int slot) {
      asked.incrementAndGet();
      return CompletableFuture.completedFuture(idle);
    }

    String next() throws InterruptedException {
      return told.poll(10, TimeUnit.SECONDS);
    }
  }

  private final Noting owner = new Noting();
  private final TestProbe<ClusterSharding.ShardCommand> shard =
      KIT.createTestProbe(ClusterSharding.ShardCommand.class);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private ActorRef<TraceSlot.Command> slot(Duration rest) {
    return KIT.spawn(TraceSlot.create(3, owner, shard.getRef(), rest));
  }

  @Test
  void whatComesIsHandedToTheOwnerAndConfirmed() throws Exception {
    var slot = slot(Duration.ofMinutes(1));
    TestProbe<TraceSlot.Taken> taken = KIT.createTestProbe(TraceSlot.Taken.class);

    slot.tell(new TraceSlot.Records(3, 7, "a\n".getBytes(UTF_8), List.of("t"), taken.getRef()));

    assertThat(owner.next()).isEqualTo("3 a\n[t]");
    taken.expectMessage(new TraceSlot.Taken(7));
  }

  @Test
  void whoAsksIsAnsweredUnlessTheOwnerCannotSay() {
    var slot = slot(Duration.ofMinutes(1));
    TestProbe<TraceSlot.Found> found = KIT.createTestProbe(TraceSlot.Found.class);

    for (String tid : List.of("known", "fails", "unknown")) {
      slot.tell(new TraceSlot.Find(3, tid, found.getRef()));
    }

    found.expectMessage(new TraceSlot.Found("{}"));
    found.expectMessage(new TraceSlot.Found(null)); // of the unknown one
    slot.tell(new TraceSlot.Find(3, "known", found.getRef()));
    found.expectMessage(new TraceSlot.Found("{}"));
  }

  @Test
  void itSleepsWhenItHasNoTracesAndClosesThemWhenItMoves() throws Exception {
    var slot = slot(Duration.ofMillis(20));
    Awaitility.await().until(() -> owner.asked.get() >= 2);
    shard.expectNoMessage(Duration.ZERO);
    owner.idle = true;

    shard.expectMessageClass(ClusterSharding.Passivate.class);

    slot.tell(TraceSlot.STOP);
    assertThat(owner.next()).isEqualTo("moved 3");
    shard.expectTerminated(slot, Duration.ofSeconds(10));
  }

  @Test
  void aTraceBelongsToOneOfTheSlots() {
    assertThat(TraceExchange.slotOf("job-1001")).isEqualTo(TraceExchange.slotOf("job-1001"));
    for (int i = 0; i < 1_000; i++) {
      assertThat(TraceExchange.slotOf("t" + i)).isBetween(0, TraceExchange.SLOTS - 1);
    }
  }

  @Test
  void messagesArriveAsTheyWere() throws Exception {
    var serializer = new TraceSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));
    var taken = KIT.createTestProbe(TraceSlot.Taken.class).getRef();
    var found = KIT.createTestProbe(TraceSlot.Found.class).getRef();
    for (Object each :
        List.of(
            new TraceSlot.Taken(-1),
            new TraceSlot.Find(63, "ü", found),
            new TraceSlot.Found("{\"a\":\"ü\"}"),
            new TraceSlot.Found(null))) {
      assertThat(serializer.fromBinary(serializer.toBinary(each), serializer.manifest(each)))
          .isEqualTo(each);
    }
    var records = new TraceSlot.Records(0, 5, new byte[] {1, '\n'}, List.of("a", "b"), taken);
    var read =
        (TraceSlot.Records)
            serializer.fromBinary(serializer.toBinary(records), serializer.manifest(records));
    assertThat(read.lines()).isEqualTo(records.lines());
    assertThat(read.lost()).isEqualTo(records.lost());
    assertThat(read.number()).isEqualTo(5);
    assertThat(read.slot()).isZero();
    assertThat(read.replyTo()).isEqualTo(taken);
  }

  @Test
  void whatIsOnItsWayIsBounded() {
    var alone =
        ActorTestKit.create(
            "leasehold",
            ConfigFactory.parseString( // nor can it leave
                    "pekko.cluster.roles = [telemetry]\n"
                        + "pekko.coordinated-shutdown.run-by-actor-system-terminate = off")
                .withFallback(PekkoSettings.of("127.0.0.1", 0, 1)));
    try {
      var exchange = // of a node that has not joined: nothing arrives
          new TraceExchange(
              alone.system(),
              PekkoSettings.TELEMETRY_ROLE,
              owner,
              Duration.ofMinutes(1),
              Clock.system());
      int sent = 0;
      while (exchange.send(sent % TraceExchange.SLOTS, new byte[1 << 20], List.of())) {
        sent++;
      }
      assertThat(sent).isEqualTo(8);
      assertThat(exchange.underWay()).isEqualTo(TraceExchange.MAX_UNDER_WAY);
      exchange.close();
      assertThat(exchange.find("t").toCompletableFuture()).isCompletedExceptionally();
    } finally {
      alone.shutdownTestKit();
    }
  }
}
