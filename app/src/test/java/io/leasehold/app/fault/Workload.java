package io.leasehold.app.fault;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;

/**
 * Many clients on few keys, and one observer that looks who stands in the queues. Nobody ever gives
 * up on the servers. Safe for any thread.
 */
final class Workload implements LoadProgress, AutoCloseable {
  private static final int MAX_NOTES = 20;
  private static final long JOIN_SECONDS = 40;

  private final Load load;
  private final History history;
  private final Supplier<List<InetSocketAddress>> addresses;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong nextSlot = new AtomicLong(System.nanoTime());
  private final Queue<String> notes = new ConcurrentLinkedQueue<>();
  private final AtomicLong noted = new AtomicLong();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLongArray lastGrantSent;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param addresses asked before each connect; may change and may be empty for a while
   */
  Workload(Load load, Supplier<List<InetSocketAddress>> addresses) {
    this.load = load;
    this.addresses = addresses;
    history = History.starting(load.keys());
    lastGrantSent = new AtomicLongArray(load.keys().size());
    for (int i = 0; i < lastGrantSent.length(); i++) {
      lastGrantSent.set(i, -1);
    }
  }

  History history() {
    return history;
  }

  void start() {
    for (int i = 0; i < load.clients(); i++) {
      var client = new LoadClient(this, load, i);
      begin("client-" + i, client::run);
    }
    for (int i = 0; i < load.keepers(); i++) {
      var keeper = new KeeperClient(this, load, load.clients() + i, load.contendedKeys() + i);
      begin("keeper-" + i, keeper::run);
    }
    begin("observer", new QueueObserver(this)::run);
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

  /** Lets every client finish what it is at, and waits for that. */
  @Override
  public void close() throws InterruptedException {
    over.countDown();
    long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
    for (Thread thread : threads) {
      thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime())));
      if (thread.isAlive()) {
        failures.add(new AssertionError(thread.getName() + " does not end"));
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
      // Slots that nobody could use in time are not made up for.
      long slot = nextSlot.updateAndGet(last -> Math.max(last + step, now - 100 * step));
      if (slot - now > 0) {
        rest(slot - now);
      }
    }
  }

  List<InetSocketAddress> addresses() {
    return addresses.get();
  }

  void granted(int key, long sentNanos) {
    lastGrantSent.accumulateAndGet(key, sentNanos, Math::max);
  }

  /** A grant is a success. */
  @Override
  public boolean anySuccessSince(long nanos) {
    for (int i = 0; i < lastGrantSent.length(); i++) {
      if (lastGrantSent.get(i) > nanos) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean everyKeySuccessSince(long nanos) {
    for (int i = 0; i < load.contendedKeys(); i++) {
      if (lastGrantSent.get(i) <= nanos) {
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
