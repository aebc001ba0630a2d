package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.PartitionBoard;
import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What a shard was not there to take is answered, so that nobody waits for it in vain. */
class KvKeeperTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private final ActorRef<KvKeeper.Message> keeper =
      KIT.spawn(
          KvKeeper.create(
              new ShardRouter(new RegionRef<>(), 4, Clock.system()),
              "127.0.0.1:1",
              4,
              new PartitionBoard(Clock.system(), 4),
              new CompletableFuture<>()));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private void undelivered(Object message) {
    keeper.tell(new KvKeeper.Undelivered(message));
  }

  @Test
  void questionIsAskedAgain() {
    TestProbe<KvAnswer> answers = KIT.createTestProbe(KvAnswer.class);
    undelivered(new KvShard.Ask(2, 7, false, new KvShard.Measure(), answers.getRef()));
    assertThat(answers.receiveMessage()).isEqualTo(new KvAnswer.Report(7, new KvAnswer.Moved()));
  }

  @Test
  void backupAndRestoreAreToldWhichShardMoves() {
    TestProbe<KvTransfer.Page> pages = KIT.createTestProbe(KvTransfer.Page.class);
    undelivered(new KvTransfer.Draw(2, 1, Bytes.EMPTY, 0, pages.getRef()));
    assertThat(pages.receiveMessage().failure()).isEqualTo("shard 2 moves to another node");

    TestProbe<KvTransfer.Taken> taken = KIT.createTestProbe(KvTransfer.Taken.class);
    undelivered(new KvTransfer.Import(3, List.of(), true, taken.getRef()));
    assertThat(taken.receiveMessage().failure()).isEqualTo("shard 3 moves to another node");
    undelivered(new KvTransfer.Clear(1, 5, taken.getRef()));
    assertThat(taken.receiveMessage().failure()).isEqualTo("shard 1 moves to another node");
  }
}
