package io.leasehold.streams.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Opened;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A stream is closed once, whenever its connection goes. */
class RespSubscriptionsTest {
  private final CompletableFuture<Opened> opened = new CompletableFuture<>();
  private final AtomicInteger closed = new AtomicInteger();
  private final ArrayDeque<Runnable> stage = new ArrayDeque<>();
  private final Opened.Open open =
      new Opened.Open(
          new InstanceEvents.Stream() {
            @Override
            public CompletionStage<Opened> change(Interest interest, Duration patience) {
              return CompletableFuture.completedFuture(open);
            }

            @Override
            public void close() {
              closed.incrementAndGet();
            }
          });
  private final RespSubscriptions subscriptions =
      new RespSubscriptions(
          (instance, interest, listener, patience) -> opened,
          stage::add,
          new RespSubscriptions.Sink() {
            @Override
            public void push(List<Reply> items) {
              fail("nothing is told");
            }

            @Override
            public void line(String text) {
              fail("nothing is told");
            }

            @Override
            public void tooSlow() {
              fail("nothing is told");
            }

            @Override
            public void ended(String why) {
              fail(why);
            }
          },
          Duration.ofSeconds(5));

  private void subscribe() {
    subscriptions.add(new UUID(0, 1), true, List.of(Bytes.utf8("a")), why -> {});
  }

  private void runStage() {
    for (Runnable next = stage.poll(); next != null; next = stage.poll()) {
      next.run();
    }
  }

  @Test
  void streamThatIsOpenIsClosed() {
    subscribe();
    opened.complete(open);
    runStage();
    subscriptions.close();
    subscriptions.close();
    assertThat(closed).hasValue(1);
  }

  @Test
  void streamThatOpensWhenNobodyIsThereAnyMoreIsClosed() {
    subscribe();
    subscriptions.close(); // the connection is gone, and its stage runs nothing any more
    assertThat(closed).hasValue(0);
    opened.complete(open);
    assertThat(closed).hasValue(1);
  }

  @Test
  void streamThatOpensWhileTheConnectionGoesIsClosed() {
    subscribe();
    opened.complete(open); // what is to be done about it waits for the stage, in vain
    subscriptions.close();
    assertThat(closed).hasValue(1);
  }
}
