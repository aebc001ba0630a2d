package io.leasehold.http.kv.redis;

import io.leasehold.actors.kv.redis.InstanceEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the reader of one stream. A reader that is {@value #MAX_EVENTS} events or {@value
 * #MAX_BYTES} bytes behind is cut off. Safe for any thread.
 */
final class StreamQueue implements InstanceEvents.Listener {
  static final int MAX_EVENTS = 1_000;
  static final int MAX_BYTES = 1 << 20;

  /** Why a stream breaks off. Has no stack trace, as it is an ordinary end. */
  private static final class TooSlow extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooSlow() {
      super("the reader of an event stream was too far behind", null, false, false);
    }
  }

  private final Runnable dropped;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final List<Runnable> atEnd = new ArrayList<>();
  private @Nullable BoundedSourceQueue<ByteString> queue;
  private boolean ended;
  private boolean over;

  /**
   * @param dropped told when the reader is cut off
   */
  StreamQueue(Runnable dropped) {
    this.dropped = dropped;
  }

  /** What is to be read, once. If nobody begins to within some seconds, it is over. */
  Source<ByteString, ?> materialize(ActorSystem<?> system) {
    Pair<BoundedSourceQueue<ByteString>, Source<ByteString, NotUsed>> made =
        Source.<ByteString>queue(MAX_EVENTS)
            .watchTermination(
                (offered, done) -> {
                  done.whenComplete((fine, failure) -> over());
                  return offered;
                })
            .preMaterialize(system);
    synchronized (this) {
      queue = made.first();
    }
    return made.second()
        .map(
            text -> {
              waitingBytes.addAndGet(-text.size());
              return text;
            });
  }

  /** Has something run when nobody reads it any more; at once if that is so already. */
  void whenOver(Runnable task) {
    synchronized (this) {
      if (!over) {
        atEnd.add(task);
        return;
      }
    }
    task.run();
  }

  private void over() {
    List<Runnable> tasks;
    synchronized (this) {
      over = true;
      ended = true;
      tasks = List.copyOf(atEnd);
      atEnd.clear();
    }
    tasks.forEach(Runnable::run);
  }

  synchronized void offer(ByteString text) {
    BoundedSourceQueue<ByteString> to = queue;
    if (ended || to == null) {
      return;
    }
    long waiting = waitingBytes.getAndAdd(text.size());
    boolean fits = waiting == 0 || waiting + text.size() <= MAX_BYTES; // one always does
    if (!fits || to.offer(text) == QueueOfferResult.dropped()) {
      ended = true;
      dropped.run();
      to.fail(new TooSlow());
    }
  }

  /** Ends the stream behind what waits. */
  synchronized void end() {
    if (!ended && queue != null) {
      ended = true;
      queue.complete();
    }
  }

  @Override
  public void heard(InstanceEvents.Event event) {
    offer(StreamText.of(event));
  }

  @Override
  public void ended(String why) {
    end();
  }
}
