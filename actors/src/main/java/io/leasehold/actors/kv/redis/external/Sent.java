package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.protocol.Command;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command that is sent once, as the client library takes it. Tells once what became of it, in the
 * thread that knows it first. Safe for any thread.
 */
final class Sent extends Command<byte[], byte[], Reply> {
  private static final Logger LOG = LoggerFactory.getLogger(Sent.class);

  private final ReplyOutput reply;
  private final int index;
  private final Link.Answers answers;
  private final Runnable over;
  private final AtomicBoolean told = new AtomicBoolean();

  /**
   * @param words name first, not empty
   * @param index by which it is told what became of it
   * @param over run before that is told
   */
  Sent(List<Bytes> words, ReplyOutput reply, int index, Link.Answers answers, Runnable over) {
    super(Wire.name(words.get(0)), reply, Wire.arguments(words));
    this.reply = reply;
    this.index = index;
    this.answers = answers;
    this.over = over;
  }

  @Override
  public void complete() {
    super.complete();
    tell(null);
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    boolean first = super.completeExceptionally(failure);
    tell(failure);
    return first;
  }

  @Override
  public void cancel() {
    super.cancel();
    tell(new CancellationException());
  }

  private void tell(@Nullable Throwable failure) {
    if (!told.compareAndSet(false, true)) {
      return;
    }
    try {
      over.run();
      Reply whole = reply.get();
      if (reply.isFull()) { // the connection may have been closed for it
        answers.answered(index, reply.tooLarge());
      } else if (failure != null) {
        answers.failed(index, failure);
      } else if (whole != null) {
        answers.answered(index, whole);
      } else {
        answers.failed(index, new IllegalStateException("no reply"));
      }
    } catch (RuntimeException e) { // whatever it is, it must not reach the connection of others
      LOG.error("it cannot be told what became of a command", e);
    }
  }
}
