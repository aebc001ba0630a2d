package io.leasehold.streams.telemetry.spool;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.config.telemetry.SpoolSettings;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Source;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages on disk until every target has them. Connections submit them and are answered when they
 * are on the disk; targets get them from memory while they keep up, from the disk when they lag.
 * Safe for any thread; {@link #submit} never waits.
 *
 * <p>A failed sync is the end: nobody knows what is on the disk, so nothing more is acknowledged
 * until a restart has read what is there.
 */
public final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int MAX_STREAMS = 100_000;

  /** How it is. */
  public enum State {
    OPEN,
    /** Below {@code min_free}, or at {@code max_bytes} with {@code when_full: block}. */
    FULL,
    FAILED
  }

  private final SpoolStore store;
  private final StreamBook streams = new StreamBook(MAX_STREAMS);
  private final AtomicLong numbers;
  private final SpoolFeeds feeds;
  private final GroupCommit commit;
  private final SpoolKeeper keeper;

  private Spool(
      SpoolStore store, SpoolSettings settings, Function<String, Source> sources, Clock clock)
      throws SpoolException {
    this.store = store;
    this.feeds = new SpoolFeeds(store, sources, clock);
    this.numbers = new AtomicLong(feeds.tail().number());
    this.keeper = new SpoolKeeper(feeds, streams, store, clock);
    this.commit = new GroupCommit(store, feeds, keeper, settings, clock);
    store.streams(streams::restore);
  }

  /**
   * Opens or makes it; what a crash left half written is cut. Waits for the disk.
   *
   * @param library directory of this process to which native code is unpacked
   * @param freshOrigin of ingest ids if it is new, random
   * @param sources gives the source of a name
   * @throws SpoolException if another process has it, or it cannot be read
   */
  public static Spool open(
      Path dir,
      Path library,
      SpoolSettings settings,
      long freshOrigin,
      Function<String, Source> sources,
      Clock clock)
      throws SpoolException {
    SpoolStore store;
    try {
      store = SpoolStore.open(dir, library, freshOrigin);
    } catch (LinkageError e) {
      throw new SpoolException(
          "spool: its library does not run on this system, spool.use = off goes without it ("
              + e.getMessage()
              + ")",
          false,
          e);
    }
    if (store.repairedBytes() > 0) {
      LOG.warn("spool {}: {} torn bytes at its end are cut", dir, store.repairedBytes());
    }
    try {
      return new Spool(store, settings, sources, clock);
    } catch (SpoolException e) {
      store.close();
      throw e;
    }
  }

  /**
   * Begins to commit and to read, when the targets of the start have their feeds.
   *
   * @param durable asked before the position of a target is stored: whether all that was settled
   *     until now is on its destination's disk; may wait
   */
  public void start(Predicate<String> durable) {
    commit.start();
    feeds.start();
    keeper.start(durable);
  }

  /** First half of the ingest ids of its messages. */
  public long origin() {
    return store.origin();
  }

  /** Second halves of the next ones. */
  public AtomicLong numbers() {
    return numbers;
  }

  public StreamBook streams() {
    return streams;
  }

  public State state() {
    return commit.state();
  }

  /** Other bounds from now on. */
  public void settings(SpoolSettings next) {
    commit.settings(next);
    feeds.advanced();
  }

  /** Of all records that some target still needs. */
  public long liveBytes() {
    return feeds.liveBytes();
  }

  /** How full it is: 1 = {@code max_bytes}. */
  public double fill() {
    return (double) liveBytes() / commit.settings().maxBytes();
  }

  /** Bytes that were cut at start. */
  public long repairedBytes() {
    return store.repairedBytes();
  }

  /** Copies that were found at start. */
  public long recovered() {
    return feeds.recovered();
  }

  /** Copies that wait, by target. */
  public Map<String, Long> lags() {
    Map<String, Long> lags = new HashMap<>();
    feeds.all().forEach(feed -> lags.put(feed.target(), feed.outstanding()));
    return lags;
  }

  public DurationHistogram commits() {
    return commit.commits();
  }

  /** The feed of a target: where it was when the process ended, or at the end if it is new. */
  public SpoolFeed feed(String target, SpoolFeed.Receiver receiver) {
    return feeds.open(target, receiver);
  }

  /**
   * Targets that had copies left when the process ended and are no more: they are forgotten.
   *
   * @return how many copies each loses
   */
  public Map<String, Long> forgetUnclaimed() {
    return feeds.forgetUnclaimed();
  }

  /** Told whether they may be read ({@code when_full: block}). By any thread. */
  public void addReader(Consumer<Boolean> mayRead) {
    commit.addReader(mayRead);
  }

  public void removeReader(Consumer<Boolean> mayRead) {
    commit.removeReader(mayRead);
  }

  /** Queues it for the next group. */
  public void submit(Submission each) {
    commit.submit(each);
  }

  /** Commits what was submitted, stores the positions, lets go. Waits; targets must have ended. */
  @Override
  public void close() throws InterruptedException {
    feeds.close();
    commit.close();
    feeds.join();
    keeper.close();
    store.close();
  }
}
