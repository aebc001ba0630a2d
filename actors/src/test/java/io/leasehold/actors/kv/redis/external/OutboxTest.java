package io.leasehold.actors.kv.redis.external;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.socket.SocketLoop;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What leaves when. */
class OutboxTest {
  private final BlockingQueue<List<Sent>> left = new LinkedBlockingQueue<>();
  private final Outbox outbox = new Outbox(left::add);
  private SocketLoop loop;

  @BeforeEach
  void start() throws IOException {
    loop = SocketLoop.start("outbox", Clock.system());
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  private static Sent command() {
    var nobody =
        new Link.Answers() {
          @Override
          public void answered(int index, Reply reply) {
            // not sent
          }

          @Override
          public void failed(int index, Throwable failure) {
            // not sent
          }
        };
    return new Sent(List.of(Bytes.utf8("PING")), new ReplyOutput(100), 0, nobody, () -> {});
  }

  private List<Sent> next() throws Exception {
    return left.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void whatATurnSendsLeavesTogetherInItsOrderWhenItEnds() throws Exception {
    var a = command();
    var b = command();
    var c = command();
    var early = new CompletableFuture<Boolean>();
    loop.execute(
        () -> {
          outbox.send(List.of(a));
          outbox.send(List.of(b, c));
          early.complete(!left.isEmpty());
        });

    assertThat(next()).containsExactly(a, b, c);
    assertThat(early).isCompletedWithValue(false);
    assertThat(left).isEmpty();
  }

  @Test
  void whatOtherThreadsSendLeavesAtOnce() {
    var a = command();
    var b = command();

    outbox.send(List.of(a));
    outbox.send(List.of(b));

    assertThat(left).containsExactly(List.of(a), List.of(b));
  }

  @Test
  void eachTurnLeavesByItself() throws Exception {
    for (int i = 0; i < 100; i++) {
      var each = command();
      loop.execute(() -> outbox.send(List.of(each)));

      assertThat(next()).containsExactly(each);
    }
  }

  @Test
  void aTurnThatFailsLeavesToo() throws Exception {
    var each = command();
    loop.execute(
        () -> {
          outbox.send(List.of(each));
          throw new IllegalStateException("a task fails");
        });

    assertThat(next()).containsExactly(each);
  }

  @Test
  void whatIsSentWhileATurnLeavesIsLeftByNobody() throws Exception {
    var first = command();
    var second = command();
    var boxes = new Outbox[1];
    boxes[0] =
        new Outbox(
            commands -> {
              left.add(commands);
              if (commands.contains(first)) {
                boxes[0].send(List.of(second));
              }
            });
    loop.execute(() -> boxes[0].send(List.of(first)));

    assertThat(next()).containsExactly(first);
    assertThat(next()).containsExactly(second); // though nothing else wakes the loop
  }

  @Test
  void whatIsSentWhileALoopEndsLeaves() throws Exception {
    var each = command();
    loop.execute(
        () -> {
          loop.close();
          outbox.send(List.of(each));
        });

    assertThat(next()).containsExactly(each);
  }
}
