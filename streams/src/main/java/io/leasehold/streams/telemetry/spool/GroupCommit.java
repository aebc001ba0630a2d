package io.leasehold.streams.telemetry.spool;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.config.telemetry.SpoolSettings;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.spool.Submission.Outcome;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what was submitted in groups, each with one sync, then hands it to the targets, then
 * answers. A group begins as soon as the one before is on the disk and takes what came meanwhile,
 * up to {@value #GROUP_BYTES} bytes: its first record waits for no other. One thread of its own
 * does it; submitting is safe for any and never waits.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int GROUP_BYTES = 256 << 10;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final SpoolStore store;
  private final SpoolFeeds feeds;
  private final Clock clock;
  private final Set<Consumer<Boolean>> readers = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition submitted = lock.newCondition();
  private final ArrayDeque<Submission> queue = new ArrayDeque<>();
  private final DurationHistogram commits =
      DurationHistogram.ofSeconds(
          "sidecar_spool_commit_seconds", "A group of records written and synced.");
  private final Thread thread = new Thread(this::commitAll, "leasehold-telemetry-spool");
  private final SpoolThinning thinning;
  private boolean closing;
  private volatile SpoolSettings settings;
  private volatile Spool.State state = Spool.State.OPEN;
  private volatile boolean reading = true;
  private long looked;
  private boolean enough = true;

  GroupCommit(
      SpoolStore store, SpoolFeeds feeds, SpoolKeeper keeper, SpoolSettings settings, Clock clock) {
    this.store = store;
    this.feeds = feeds;
    this.settings = settings;
    this.clock = clock;
    this.thinning = new SpoolThinning(store, feeds, keeper);
    this.looked = clock.nanos() - LOOK_NANOS;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  void settings(SpoolSettings next) {
    settings = next;
  }

  SpoolSettings settings() {
    return settings;
  }

  Spool.State state() {
    return state;
  }

  DurationHistogram commits() {
    return commits;
  }

  void addReader(Consumer<Boolean> mayRead) {
    readers.add(mayRead);
    if (!reading) {
      mayRead.accept(false);
    }
  }

  void removeReader(Consumer<Boolean> mayRead) {
    readers.remove(mayRead);
  }

  void submit(Submission each) {
    Outcome refused = null;
    lock.lock();
    try {
      if (closing || state == Spool.State.FAILED) {
        refused = Outcome.FAILED;
      } else if (each.stream != null && !each.stream.isOwnedBy(each.owner)) {
        refused = Outcome.REPLACED;
      } else {
        queue.addLast(each);
        submitted.signal();
      }
    } finally {
      lock.unlock();
    }
    if (refused != null) {
      each.answer(refused);
    }
  }

  private void commitAll() {
    List<Submission> group = null;
    try {
      group = nextGroup();
      while (group != null) {
        commit(group);
        group = nextGroup();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) { // nobody would be answered any more
      fail(e);
      if (group != null) {
        answer(group, Outcome.FAILED);
      }
    }
  }

  private @Nullable List<Submission> nextGroup() throws InterruptedException {
    lock.lock();
    try {
      while (queue.isEmpty()) {
        if (closing) {
          return null;
        }
        submitted.await();
      }
      var group = new ArrayList<Submission>();
      long size = 0;
      while (!queue.isEmpty() && size < GROUP_BYTES) {
        Submission each = queue.removeFirst();
        size += each.unit.length;
        group.add(each);
      }
      return group;
    } finally {
      lock.unlock();
    }
  }

  private void commit(List<Submission> group) throws InterruptedException {
    if (state == Spool.State.FAILED) {
      answer(group, Outcome.FAILED);
      return;
    }
    try {
      if (hasRoomFor(group)) {
        write(group);
        answer(group, Outcome.COMMITTED);
      } else {
        refuse(group);
      }
    } catch (SpoolException e) {
      if (e.isNoSpace()) {
        LOG.warn("spool: no space is left: {}", e.getMessage());
        refuse(group);
      } else {
        fail(e);
        answer(group, Outcome.FAILED);
      }
    }
  }

  /** What has no records only waits for what came before it, and is not refused. */
  private void refuse(List<Submission> group) {
    if (state == Spool.State.OPEN) {
      LOG.warn("spool: full, records are refused");
    }
    state = Spool.State.FULL;
    for (Submission each : group) {
      if (each.stream != null && each.unit.length > 0) {
        each.stream.freeze();
      }
      answer(List.of(each), each.unit.length == 0 ? Outcome.COMMITTED : Outcome.FULL);
    }
  }

  /** A sync that failed is never tried again: nobody knows what is on the disk. */
  private void fail(Exception why) {
    LOG.error("spool: failed, nothing more is acknowledged until a restart", why);
    List<Submission> rest;
    lock.lock();
    try {
      state = Spool.State.FAILED;
      rest = new ArrayList<>(queue);
      queue.clear();
    } finally {
      lock.unlock();
    }
    answer(rest, Outcome.FAILED);
  }

  private static void answer(List<Submission> group, Outcome outcome) {
    for (Submission each : group) {
      each.answer(outcome);
    }
  }

  private boolean hasRoomFor(List<Submission> group) throws SpoolException, InterruptedException {
    long size = 0;
    boolean waits = true;
    for (Submission each : group) {
      size += each.unit.length;
      waits &= each.waits || each.unit.length == 0;
    }
    if (size == 0) {
      return true;
    }
    long over = feeds.liveBytes() + size - settings.maxBytes();
    if (over > 0) {
      switch (settings.whenFull()) {
        case BLOCK -> {
          return waits && awaitRoom(size);
        }
        case DROP_LOWEST_PRIORITY -> thinning.free(over + step(), settings.maxBytes());
        case DROP_OLDEST -> {} // the same for all, below
      }
      giveUpOldest(size);
    }
    if (!isDiskFreeFor(size)) {
      return false;
    }
    if (state == Spool.State.FULL) {
      LOG.info("spool: records are taken again");
      state = Spool.State.OPEN;
    }
    return true;
  }

  /** So much more is freed than is needed: not every group is to look for room. */
  private long step() {
    return Math.max(GROUP_BYTES, settings.maxBytes() >> 6);
  }

  /** Until there is room, or nothing is left that targets lag behind. */
  private void giveUpOldest(long size) throws SpoolException {
    long step = step();
    long over = feeds.liveBytes() + size - settings.maxBytes();
    while (over > 0 && feeds.neededFrom() < feeds.tail().bytes()) {
      long before = feeds.neededFrom();
      long until = Math.min(feeds.tail().bytes(), before + over + step);
      for (SpoolFeed each : feeds.all()) {
        if (each.cursor().bytes() < until) {
          each.giveUp(until);
        }
      }
      over = feeds.neededFrom() > before ? feeds.liveBytes() + size - settings.maxBytes() : 0;
    }
  }

  private boolean isDiskFreeFor(long size) {
    long now = clock.nanos();
    if (now - looked >= LOOK_NANOS) {
      looked = now;
      try {
        enough = store.usableBytes() - size >= settings.minFree();
      } catch (IOException e) {
        LOG.warn("spool: free space is unknown: {}", e.toString());
        enough = false;
      }
    }
    return enough;
  }

  /** Nobody durable is read until targets have settled something. */
  private boolean awaitRoom(long size) throws InterruptedException {
    state = Spool.State.FULL;
    tellReaders(false);
    boolean room = false;
    while (!room && !feeds.isClosing()) {
      feeds.awaitMove();
      room = feeds.liveBytes() + size <= settings.maxBytes();
    }
    state = Spool.State.OPEN;
    tellReaders(true);
    return room;
  }

  private void tellReaders(boolean mayRead) {
    reading = mayRead;
    readers.forEach(each -> each.accept(mayRead));
  }

  private void write(List<Submission> group) throws SpoolException {
    long started = clock.nanos();
    long now = clock.wallMillis();
    Tail next = feeds.tail();
    Map<SpoolFeed, Long> routed = new HashMap<>();
    try (SpoolStore.Group batch = store.begin()) {
      boolean any = false;
      for (Submission each : group) {
        if (each.unit.length > 0) {
          batch.unit(next.sequence(), each.unit);
          next = next.plus(each.unit.length, lastNumber(each));
          for (Submission.Copies copies : each.copies) {
            if (feeds.isOpen(copies.feed())) {
              routed.merge(copies.feed(), (long) copies.lines().size(), Long::sum);
            }
          }
          any = true;
        }
        if (each.stream != null && each.stream.isNews(each.number)) {
          batch.stream(each.stream.key(), each.number, now);
          any = true;
        }
      }
      if (any) {
        batch.tail(next);
        for (var each : routed.entrySet()) {
          each.getKey().store(batch, each.getValue());
        }
        batch.commit(true);
        commits.record(0, clock.nanos() - started);
      }
    }
    for (Submission each : group) {
      if (each.stream != null) {
        each.stream.settle(each.number, now);
      }
    }
    feeds.committed(group, next);
  }

  private static long lastNumber(Submission each) {
    long last = 0;
    for (Submission.Copies copies : each.copies) {
      Lines lines = copies.lines();
      last = Math.max(last, lines.number(lines.size() - 1));
    }
    return last;
  }

  /** Commits what was submitted, and ends. Waits. */
  void close() throws InterruptedException {
    lock.lock();
    try {
      closing = true;
      submitted.signalAll();
    } finally {
      lock.unlock();
    }
    thread.join();
  }
}
