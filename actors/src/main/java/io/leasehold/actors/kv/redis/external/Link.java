package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an external instance. What is sent is sent once; when the connection breaks,
 * all that was not answered fails. Safe for any thread.
 */
final class Link {
  private static final int SILENCES = 6;
  private static final Duration LEAST_SILENCE = Duration.ofSeconds(5);

  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final long maxReply;
  private final Outbox outbox = new Outbox(this::dispatch);
  private final Runnable whenAnswered = this::answered;
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean doubted = new AtomicBoolean();
  private volatile @Nullable Consumer<Link> onEnd;
  private volatile boolean lost;
  private volatile boolean leaving;

  Link(StatefulRedisConnection<byte[], byte[]> connection, long maxReply) {
    this.connection = connection;
    this.maxReply = maxReply;
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
            lost = true;
            end();
          }
        });
  }

  /**
   * Is told once when the connection is no more, by whoever ended it; at once if that is so
   * already.
   */
  void onEnd(Consumer<Link> listener) {
    onEnd = listener;
    if (lost || !connection.isOpen()) {
      end();
    }
  }

  private void end() {
    Consumer<Link> listener = onEnd;
    if (listener != null && ended.compareAndSet(false, true)) { // else who comes to listen is told
      listener.accept(this);
    }
    hangUp(); // or what the library has put aside for it would wait for ever
  }

  boolean isOpen() {
    return !leaving && !lost && connection.isOpen();
  }

  /** Commands that were sent and not answered. */
  int unanswered() {
    return unanswered.get();
  }

  /** Is told what became of the command with this number: a reply, or a failure. */
  interface Answers {
    void answered(int index, Reply reply);

    void failed(int index, Throwable failure);
  }

  /**
   * Sends commands behind one another, in one go; in the thread of a loop when its turn ends, with
   * whatever else the turn has sent.
   */
  void sendAll(List<List<Bytes>> commands, Answers answers) {
    var all = new ArrayList<Sent>(commands.size());
    unanswered.addAndGet(commands.size());
    for (int i = 0; i < commands.size(); i++) {
      all.add(sent(commands.get(i), i, answers));
    }
    outbox.send(all);
  }

  /** The same with one command. */
  void send(List<Bytes> command, Answers answers) {
    unanswered.incrementAndGet();
    outbox.send(sent(command, 0, answers));
  }

  private Sent sent(List<Bytes> command, int index, Answers answers) {
    return new Sent(command, new ReplyOutput(maxReply), index, answers, whenAnswered);
  }

  private void answered() {
    answers.incrementAndGet();
    if (unanswered.decrementAndGet() == 0 && leaving) {
      hangUp();
    }
  }

  private void dispatch(List<Sent> commands) {
    try {
      if (commands.size() == 1) {
        connection.dispatch(commands.get(0));
      } else {
        connection.dispatch(commands);
      }
    } catch (RuntimeException e) { // refused as a whole: those that were not sent fail
      commands.forEach(command -> command.completeExceptionally(e));
    }
    if (lost) { // it went away meanwhile: who is told already is not told again
      var gone = new IOException("the connection was lost");
      commands.forEach(command -> command.completeExceptionally(gone));
    }
  }

  /**
   * Something was not answered in time. If nothing at all is for much longer, hangs up: what is
   * stuck here would hold its room for ever. Much longer than whoever is late has waited, as others
   * have more patience.
   */
  void late(Duration patience, Deadlines deadlines) {
    if (unanswered.get() > 0 && doubted.compareAndSet(false, true)) {
      Duration longer = patience.multipliedBy(SILENCES);
      doubt(longer.compareTo(LEAST_SILENCE) < 0 ? LEAST_SILENCE : longer, deadlines);
    }
  }

  private void doubt(Duration silence, Deadlines deadlines) {
    long before = answers.get();
    deadlines.in(
        silence,
        () -> {
          if (unanswered.get() == 0) {
            doubted.set(false);
          } else if (answers.get() == before) {
            close();
          } else {
            doubt(silence, deadlines); // what was late may wait still, behind what was answered
          }
        });
  }

  /**
   * From now on nothing is asked: all that comes is given to this reader, which alone sends, too.
   * To be called once, when all is answered.
   */
  void handOver(EventReader reader) {
    try {
      connection.dispatch(new Handover.Request(reader));
    } catch (RuntimeException e) { // it is gone: whoever waits is told of that
      close();
    }
  }

  private void hangUp() {
    var unused = connection.closeAsync();
  }

  /** Hangs up; what was not answered fails. */
  void close() {
    leaving = true;
    hangUp();
  }

  /** Takes nothing more, and hangs up when all is answered. */
  void leave() {
    leaving = true;
    if (unanswered.get() == 0) {
      hangUp();
    }
  }
}
