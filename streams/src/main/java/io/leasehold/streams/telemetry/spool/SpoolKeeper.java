package io.leasehold.streams.telemetry.spool;

import io.leasehold.domain.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the positions of the targets once a second and gives back the space that nobody needs. One
 * thread of its own, which waits for the disk.
 */
final class SpoolKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final long EVERY_MILLIS = 1_000;
  private static final long NOT_LONG_MILLIS = 500;
  private static final int STREAMS_EVERY = 600;

  private final SpoolFeeds feeds;
  private final StreamBook streams;
  private final SpoolStore store;
  private final Clock clock;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var worker = new Thread(task, "leasehold-telemetry-spool-keep");
            worker.setDaemon(true);
            return worker;
          });
  private final Map<String, Cursor> stored = new HashMap<>();
  private volatile Predicate<String> durable = target -> false;
  private int rounds;

  SpoolKeeper(SpoolFeeds feeds, StreamBook streams, SpoolStore store, Clock clock) {
    this.feeds = feeds;
    this.streams = streams;
    this.store = store;
    this.clock = clock;
  }

  /** Begins; {@code test} is asked before the position of a target is stored. */
  void start(Predicate<String> test) {
    durable = test;
    var unused =
        thread.scheduleWithFixedDelay(
            this::keepOrSayWhy, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Has the positions stored now, and waits for it, but not for long. */
  void keepNow() throws InterruptedException {
    var kept = new CountDownLatch(1);
    try {
      thread.execute(
          () -> {
            keepOrSayWhy();
            kept.countDown();
          });
    } catch (RejectedExecutionException e) {
      return; // it ends
    }
    if (!kept.await(NOT_LONG_MILLIS, TimeUnit.MILLISECONDS)) {
      LOG.debug("spool: positions are still being stored");
    }
  }

  private void keepOrSayWhy() {
    try {
      keep();
    } catch (SpoolException | RuntimeException e) { // would end the repetition without a word
      LOG.error("spool: positions are not stored", e);
    }
  }

  private void keep() throws SpoolException {
    Map<String, Cursor> next = new HashMap<>();
    feeds.all().forEach(feed -> next.put(feed.target(), feed.cursor()));
    next.entrySet()
        .removeIf(
            each ->
                each.getValue().equals(stored.get(each.getKey())) || !durable.test(each.getKey()));
    if (rounds++ % STREAMS_EVERY == 0) {
      streams.forgetOld(clock.wallMillis());
    }
    List<StreamBook.Key> forgotten = streams.takeForgotten();
    try (SpoolStore.Group group = store.begin()) {
      for (var each : next.entrySet()) {
        group.cursor(each.getKey(), each.getValue());
      }
      for (StreamBook.Key each : forgotten) {
        group.forget(each);
      }
      if (!next.isEmpty() || !forgotten.isEmpty()) {
        group.commit(true); // before anything below a position is deleted
      }
    }
    feeds.forgetGone(this::forget);
    stored.putAll(next);
    for (SpoolFeed each : feeds.all()) {
      Cursor at = next.get(each.target());
      if (at != null) {
        each.stored(at);
      }
    }
    long needed = Long.MAX_VALUE;
    for (SpoolFeed each : feeds.all()) {
      Cursor known = stored.get(each.target());
      needed = Math.min(needed, known == null ? 0 : known.sequence());
    }
    if (needed < Long.MAX_VALUE) {
      store.deleteBelow(needed);
      forgetSaved();
    }
  }

  /** What units have lost that are not needed any more. */
  private void forgetSaved() throws SpoolException {
    long needed = Long.MAX_VALUE;
    for (SpoolFeed each : feeds.all()) {
      Cursor known = stored.get(each.target());
      needed = Math.min(needed, known == null ? 0 : known.bytes());
    }
    List<Long> old = feeds.saved().below(needed);
    if (!old.isEmpty()) {
      try (SpoolStore.Group group = store.begin()) {
        for (Long each : old) {
          group.forgetSaved(each);
        }
        group.commit(false);
      }
      feeds.saved().forget(old);
    }
  }

  private void forget(String target) throws SpoolException {
    stored.remove(target);
    try (SpoolStore.Group group = store.begin()) {
      group.forgetTarget(target);
      group.commit(false);
    }
  }

  /** The last time. */
  @Override
  public void close() throws InterruptedException {
    thread.shutdown();
    if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
      LOG.warn("spool: positions are still being stored");
      return;
    }
    try {
      keep();
    } catch (SpoolException | RuntimeException e) {
      LOG.error("spool: positions are not stored, some messages will be delivered again", e);
    }
  }
}
