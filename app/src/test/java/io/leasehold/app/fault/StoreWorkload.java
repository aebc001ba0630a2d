package io.leasehold.app.fault;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/** Many clients on few keys of the store, and one watcher. Safe for any thread. */
final class StoreWorkload implements LoadProgress, AutoCloseable {
  /** As shipped. */
  static final int SHARDS = 64;

  private static final int MAX_NOTES = 20;
  private static final long JOIN_SECONDS = 40;

  private final StoreLoad load;
  private final StoreHistory history;
  private final TestCluster cluster;
  private final HttpClient http;
  private final StoreWatcher watcher;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong nextSlot = new AtomicLong(System.nanoTime());
  private final AtomicLongArray lastSuccess;
  private final Queue<String> notes = new ConcurrentLinkedQueue<>();
  private final AtomicLong noted = new AtomicLong();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Supplier<List<InetSocketAddress>> addresses;

  StoreWorkload(StoreLoad load, TestCluster cluster) {
    this.load = load;
    this.cluster = cluster;
    addresses = cluster::httpAddresses;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    history = StoreHistory.starting(load.keys());
    watcher = new StoreWatcher(this, load, http);
    lastSuccess = new AtomicLongArray(load.keys().size());
    for (int i = 0; i < lastSuccess.length(); i++) {
      lastSuccess.set(i, -1);
    }
  }

  StoreHistory history() {
    return history;
  }

  StoreWatcher watcher() {
    return watcher;
  }

  /** Begins when the watcher is there, so that it is told everything. */
  void start() {
    begin("watcher", watcher::run);
    Awaitility.await("the watch has begun").atMost(30, TimeUnit.SECONDS).until(watcher::isReady);
    for (int i = 0; i < load.clients(); i++) {
      var client = new StoreClient(this, load, http, i);
      begin("store-client-" + i, client::run);
    }
  }

  private void begin(String name, Runnable work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (RuntimeException | Error e) {
                failures.add(e);
              }
            },
            name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /**
   * Lets every client finish what it is at, reads every key once more, and waits until the watcher
   * has heard of the last changes.
   */
  @Override
  public void close() throws InterruptedException {
    over.countDown();
    join(threads.subList(1, threads.size()));
    StoreClient.readAll(this, load, http);
    awaitWatcher();
    watcher.close();
    join(threads.subList(0, 1));
  }

  private void join(List<Thread> ended) throws InterruptedException {
    long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
    for (Thread thread : ended) {
      thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime())));
      if (thread.isAlive()) {
        failures.add(new AssertionError(thread.getName() + " does not end"));
      }
    }
  }

  /** Not for ever: what it has not heard by then, the check finds. */
  private void awaitWatcher() {
    for (StoreKeyHistory ofKey : history.byKey()) {
      List<StoreOperation> changes = ofKey.changes();
      if (!changes.isEmpty()) {
        String key = ofKey.key().name();
        int shard = KvKeys.shardOf(Bytes.utf8(key), SHARDS);
        long last = changes.get(changes.size() - 1).version();
        try {
          Awaitility.await()
              .atMost(15, TimeUnit.SECONDS)
              .until(() -> watcher.hasHeard(key, shard, last));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
          note("the watcher has not heard of version " + last + " of " + key);
        }
      }
    }
  }

  boolean isOver() {
    return over.getCount() == 0;
  }

  @Override
  public long now() {
    return history.now();
  }

  @Override
  public boolean rest(long nanos) {
    try {
      return !over.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits for the next slot that the rate allows. */
  void pace() {
    if (load.ratePerSecond() > 0) {
      long step = History.SECOND / load.ratePerSecond();
      long now = System.nanoTime();
      long slot = nextSlot.updateAndGet(last -> Math.max(last + step, now - 100 * step));
      if (slot - now > 0) {
        rest(slot - now);
      }
    }
  }

  List<InetSocketAddress> addresses() {
    return addresses.get();
  }

  List<InetSocketAddress> lockAddresses() {
    return cluster.addresses();
  }

  long nextValue() {
    return values.incrementAndGet();
  }

  void succeeded(int key, long sentNanos) {
    lastSuccess.accumulateAndGet(key, sentNanos, Math::max);
  }

  @Override
  public boolean anySuccessSince(long nanos) {
    for (int i = 0; i < lastSuccess.length(); i++) {
      if (lastSuccess.get(i) > nanos) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean everyKeySuccessSince(long nanos) {
    for (int i = 0; i < lastSuccess.length(); i++) {
      if (lastSuccess.get(i) <= nanos) {
        return false;
      }
    }
    return true;
  }

  /** Something that people should read; the first 20 are kept. */
  void note(String text) {
    if (noted.getAndIncrement() < MAX_NOTES) {
      notes.add(text);
    }
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  /** What broke in the load itself: then the run proves nothing. */
  List<Throwable> failures() {
    return List.copyOf(failures);
  }
}
