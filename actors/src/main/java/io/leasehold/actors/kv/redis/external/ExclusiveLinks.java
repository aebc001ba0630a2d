package io.leasehold.actors.kv.redis.external;

import io.netty.util.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections that one transaction has to itself. Whoever finds none free waits in turn, up to a
 * bound. Some of their places may be lent for other uses, but never the last. Safe for any thread.
 */
final class ExclusiveLinks {
  static final int MAX_WAITING = 1_000;

  private final int max;
  private final Supplier<CompletionStage<Link>> connect;
  private final Deadlines deadlines;
  private final Deque<Link> idle = new ArrayDeque<>();
  private final Deque<CompletableFuture<Link>> waiting = new ArrayDeque<>();
  private final List<Link> all = new ArrayList<>();
  private int taken;
  private int lent;
  private boolean closed;

  /** None is to be had; the message is fit for an answer. */
  static final class NoneLeft extends IOException {
    private static final long serialVersionUID = 1;

    NoneLeft(String message) {
      super(message);
    }
  }

  /**
   * @param max connections, 1 or more
   * @param connect makes one more
   */
  ExclusiveLinks(int max, Supplier<CompletionStage<Link>> connect, Deadlines deadlines) {
    this.max = max;
    this.connect = connect;
    this.deadlines = deadlines;
  }

  /** One that nobody else has; to be given back. */
  CompletionStage<Link> borrow(Duration patience) {
    var wanted = new CompletableFuture<Link>();
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(new NoneLeft("its connections are being closed"));
      }
      Link free = taken < places() ? freeLink() : null;
      if (free != null) {
        taken++;
        return CompletableFuture.completedFuture(free);
      }
      if (taken >= places()) {
        waiting.removeIf(CompletableFuture::isDone);
        if (waiting.size() >= MAX_WAITING) {
          return CompletableFuture.failedFuture(
              new NoneLeft("more than " + MAX_WAITING + " transactions wait for it"));
        }
        waiting.add(wanted);
      } else {
        taken++;
        dial(wanted);
      }
    }
    Timeout timeout =
        deadlines.in(
            patience,
            () ->
                wanted.completeExceptionally(
                    new NoneLeft(
                        "all "
                            + places()
                            + " connections for transactions were in use for "
                            + patience.toMillis()
                            + " ms")));
    CompletionStage<Link> ended = wanted;
    ended.whenComplete((link, failure) -> timeout.cancel());
    return wanted;
  }

  private synchronized int places() {
    return max - lent;
  }

  /** Gives a place away, for one connection that is made elsewhere; false = none can be spared. */
  boolean lend() {
    Link one = null;
    synchronized (this) {
      if (closed || places() <= 1) {
        return false;
      }
      lent++;
      if (all.size() > places()) {
        one = idle.pollLast();
      }
    }
    if (one != null) {
      one.close();
    }
    return true;
  }

  /** A place that was lent is back. */
  void takeBack() {
    CompletableFuture<Link> next;
    synchronized (this) {
      lent--;
      waiting.removeIf(CompletableFuture::isDone);
      next = taken < places() ? waiting.pollFirst() : null;
      if (next != null) {
        taken++;
      }
    }
    if (next != null) {
      dial(next);
    }
  }

  private @Nullable Link freeLink() {
    for (Link link = idle.pollFirst(); link != null; link = idle.pollFirst()) {
      if (link.isOpen()) {
        return link;
      }
    }
    return null;
  }

  private void dial(CompletableFuture<Link> wanted) {
    connect
        .get()
        .whenComplete(
            (link, failure) -> {
              if (link == null) {
                release();
                wanted.completeExceptionally(failure);
                return;
              }
              boolean tooLate;
              synchronized (this) {
                tooLate = closed;
                if (!tooLate) {
                  all.add(link);
                }
              }
              if (tooLate) {
                link.close();
              }
              link.onEnd(this::forget);
              if (!wanted.complete(link)) {
                giveBack(link); // whoever wanted it has gone
              }
            });
  }

  private synchronized void forget(Link link) {
    all.remove(link);
    idle.remove(link);
  }

  /** To whoever waits longest, or to be used later; a closed one is forgotten. */
  void giveBack(Link link) {
    if (!link.isOpen()) {
      release();
      return;
    }
    while (true) {
      CompletableFuture<Link> next;
      synchronized (this) {
        boolean tooMany = taken > places(); // its place was lent meanwhile
        next = tooMany ? null : waiting.pollFirst();
        if (next == null) {
          taken--;
          if (closed || tooMany) {
            link.close();
          } else {
            idle.addFirst(link);
          }
          return;
        }
      }
      if (next.complete(link)) {
        return;
      }
    }
  }

  /** One less is taken: whoever waits longest may have one made. */
  private void release() {
    CompletableFuture<Link> next = null;
    synchronized (this) {
      while (next == null || next.isDone()) {
        next = taken > places() ? null : waiting.pollFirst();
        if (next == null) {
          taken--;
          return;
        }
      }
    }
    dial(next);
  }

  synchronized int size() {
    return all.size();
  }

  /** Hangs up; transactions under way fail. Whoever waits, too. */
  void hangUp() {
    end(false);
  }

  /** The same for good, but transactions under way are let end. */
  void close() {
    end(true);
  }

  private void end(boolean forGood) {
    List<Link> links;
    List<CompletableFuture<Link>> waiters;
    synchronized (this) {
      closed |= forGood;
      links = List.copyOf(forGood ? idle : all);
      waiters = List.copyOf(waiting);
      waiting.clear();
      idle.clear();
    }
    links.forEach(Link::close);
    waiters.forEach(
        each -> each.completeExceptionally(new NoneLeft("its connections were closed")));
  }
}
