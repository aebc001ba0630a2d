package io.leasehold.streams.telemetry.spool;

import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The targets' ways through the spool, and the end that they go to. A thread of its own gives those
 * that lag what is on the disk. Safe for any thread.
 */
final class SpoolFeeds {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final SpoolStore store;
  private final Function<String, Source> sources;
  private final Clock clock;
  private final Map<String, SpoolFeed> feeds = new ConcurrentHashMap<>();
  private final Map<String, Long> routedAtStart;
  private final Map<String, Cursor> cursorsAtStart;
  private final Map<String, long[]> batchesAtStart;
  private final Set<String> gone = new HashSet<>();
  private final AtomicLong recovered = new AtomicLong();
  private final SavedBytes saved;

  /** Held while targets are given what is on the disk, and while that is rewritten. */
  private final ReentrantLock reading = new ReentrantLock();

  /** Held while a group is handed on, so that a new feed sees all of it or nothing. */
  private final ReentrantLock handing = new ReentrantLock();

  private final ReentrantLock moving = new ReentrantLock();
  private final Condition moved = moving.newCondition();
  private final Thread reader = new Thread(this::readAll, "leasehold-telemetry-spool-read");
  private volatile Tail tail;
  private long moves;
  private volatile boolean closing;

  SpoolFeeds(SpoolStore store, Function<String, Source> sources, Clock clock)
      throws SpoolException {
    this.store = store;
    this.sources = sources;
    this.clock = clock;
    this.tail = store.tail();
    this.routedAtStart = store.routed();
    this.cursorsAtStart = store.cursors();
    this.saved = new SavedBytes(store.saved());
    this.batchesAtStart = store.batches();
    reader.setDaemon(true);
  }

  void start() {
    reader.start();
  }

  Tail tail() {
    return tail;
  }

  long origin() {
    return store.origin();
  }

  Collection<SpoolFeed> all() {
    return feeds.values();
  }

  boolean isOpen(SpoolFeed feed) {
    return feeds.get(feed.target()) == feed;
  }

  long recovered() {
    return recovered.get();
  }

  /** Bytes of all units before the first that some target needs. */
  long neededFrom() {
    long from = tail.bytes();
    for (SpoolFeed each : feeds.values()) {
      from = Math.min(from, each.cursor().bytes());
    }
    return from;
  }

  /** Bytes of all units that some target needs, without what they have lost. */
  long liveBytes() {
    long from = neededFrom();
    return Math.max(0, tail.bytes() - from - saved.from(from));
  }

  SavedBytes saved() {
    return saved;
  }

  ReentrantLock reading() {
    return reading;
  }

  @Nullable SpoolFeed find(String target) {
    return feeds.get(target);
  }

  /** Whether nothing is known of a target any more, on the disk neither. */
  boolean isForgotten(String target) {
    handing.lock();
    try {
      return !feeds.containsKey(target) && !gone.contains(target);
    } finally {
      handing.unlock();
    }
  }

  SpoolFeed open(String target, SpoolFeed.Receiver receiver) {
    SpoolFeed before;
    SpoolFeed feed;
    handing.lock();
    try {
      Tail now = tail;
      Cursor at = cursorsAtStart.remove(target);
      Long routed = routedAtStart.remove(target);
      long[] batches = batchesAtStart.remove(target);
      gone.remove(target);
      boolean known = at != null && routed != null;
      Cursor from = known ? at : new Cursor(now.sequence(), now.bytes(), 0);
      long[] stored = known && batches != null ? batches : new long[0];
      feed =
          new SpoolFeed(
              target,
              this,
              receiver,
              from,
              now,
              known ? routed : 0,
              new KeptBatches(this, target, stored, from.sequence()));
      recovered.addAndGet(feed.outstanding());
      before = feeds.put(target, feed);
    } finally {
      handing.unlock();
    }
    if (before != null) {
      before.close(); // a target of before that was still to deliver what it had
    }
    return feed;
  }

  Map<String, Long> forgetUnclaimed() {
    Map<String, Long> lost = new HashMap<>();
    handing.lock();
    try {
      routedAtStart.forEach(
          (target, routed) -> {
            Cursor at = cursorsAtStart.get(target);
            long copies = routed - (at == null ? 0 : at.copies());
            gone.add(target);
            if (copies > 0) {
              lost.put(target, copies);
              recovered.addAndGet(copies);
            }
          });
      gone.addAll(batchesAtStart.keySet());
      routedAtStart.clear();
      cursorsAtStart.clear();
      batchesAtStart.clear();
      return lost;
    } finally {
      handing.unlock();
    }
  }

  void forget(SpoolFeed feed) {
    handing.lock();
    try {
      if (feeds.remove(feed.target(), feed)) {
        gone.add(feed.target());
      }
    } finally {
      handing.unlock();
    }
    advanced();
  }

  interface Forgetting {
    void forget(String target) throws SpoolException;
  }

  /** Lets targets that are gone be forgotten while none of them can come back. */
  void forgetGone(Forgetting each) throws SpoolException {
    handing.lock();
    try {
      for (String target : gone) {
        each.forget(target);
      }
      gone.clear();
    } finally {
      handing.unlock();
    }
  }

  /** Units are on the disk, up to {@code next}. */
  void committed(List<Submission> group, Tail next) {
    handing.lock();
    try {
      long sequence = tail.sequence();
      tail = next;
      for (Submission each : group) {
        if (each.unit.length > 0) {
          for (SpoolFeed feed : feeds.values()) {
            feed.committed(sequence, each.unit.length, each.linesFor(feed));
          }
          for (Submission.Copies copies : each.copies) {
            if (!isOpen(copies.feed())) { // it ended while this was on its way
              copies.feed().committed(sequence, each.unit.length, copies.lines());
            }
          }
          sequence++;
        }
      }
    } finally {
      handing.unlock();
    }
  }

  private void readAll() {
    try {
      while (!closing) {
        boolean any = false;
        for (SpoolFeed each : feeds.values()) {
          if (each.wantsMore()) {
            any |= readOn(each);
          }
        }
        if (!any) {
          awaitMove();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SpoolException | RuntimeException e) {
      LOG.error("spool: cannot be read, targets that lag get nothing more until a restart", e);
    }
  }

  private boolean readOn(SpoolFeed feed) throws SpoolException {
    reading.lock();
    try {
      return feed.readOn();
    } finally {
      reading.unlock();
    }
  }

  /** Waits until a target may have moved, a tenth of a second at most. */
  void awaitMove() throws InterruptedException {
    moving.lock();
    try {
      long seen = moves;
      long left = LOOK_NANOS;
      while (!closing && moves == seen && left > 0) {
        left = moved.awaitNanos(left);
      }
    } finally {
      moving.unlock();
    }
  }

  /** A target has settled something, or is gone. */
  void advanced() {
    moving.lock();
    try {
      moves++;
      moved.signalAll();
    } finally {
      moving.unlock();
    }
  }

  List<StoredUnit> read(long from, long to) throws SpoolException {
    return store.read(from, to, SpoolFeed.READ_BYTES);
  }

  /** On the disk when it returns. */
  void keep(String target, long[] batches) throws SpoolException {
    try (SpoolStore.Group group = store.begin()) {
      group.batches(target, batches);
      group.commit(true);
    }
  }

  @Nullable Lines decode(byte[] unit, String target) {
    return UnitCodec.decode(unit, target, store.origin(), clock.nanos(), sources);
  }

  boolean isClosing() {
    return closing;
  }

  /** Nothing is given any more. Waits for the thread only in {@link #join}. */
  void close() {
    closing = true;
    advanced();
  }

  void join() throws InterruptedException {
    reader.join();
  }
}
