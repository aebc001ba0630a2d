package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for sockets and runs tasks, in turns: what is ready, then the tasks that
 * came, then what waits for the end of the turn, then everything that was written meanwhile goes to
 * its sockets at once. Nothing that a task or a socket throws ends it.
 *
 * <p>As an {@link Executor} safe for any thread; everything else belongs to the thread of the loop.
 * Tasks must not block: every connection of the loop waits for them.
 */
public final class SocketLoop implements Executor, AutoCloseable {
  /** What is registered with a loop. Called by the thread of the loop. */
  interface Watched {
    /**
     * The channel is ready.
     *
     * @param ops as in {@link SelectionKey#readyOps()}
     */
    void ready(int ops);

    /** {@link #ready} has thrown this. */
    void failed(Throwable failure);
  }

  private record Timed(long deadlineNanos, Runnable task) {}

  private static final class LoopThread extends Thread {
    final SocketLoop loop;

    LoopThread(SocketLoop loop, String name) {
      super(loop::run, name);
      this.loop = loop;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(SocketLoop.class);

  /** Bytes that are read, or written, by one call. One buffer serves all sockets of a loop. */
  static final int BUFFER_BYTES = 64 * 1_024;

  /** Tasks of a turn: then sockets are looked at again, whatever tasks are left. */
  private static final int MAX_TASKS = 1_024;

  /** So that a failure that repeats does not take a core. */
  private static final long PAUSE_AFTER_FAILURE_NANOS = 10_000_000;

  private static final long WARN_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

  private final Clock clock;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> fromOthers = new ConcurrentLinkedQueue<>();
  private final ArrayDeque<Runnable> own = new ArrayDeque<>();
  private final ArrayDeque<Runnable> endings = new ArrayDeque<>();
  private final ArrayDeque<LoopSocket> unsent = new ArrayDeque<>();
  private final PriorityQueue<Timed> timers =
      new PriorityQueue<>((a, b) -> Long.signum(a.deadlineNanos - b.deadlineNanos));
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong failures = new AtomicLong();
  private final CompletableFuture<Done> finished = new CompletableFuture<>();
  private final CompletableFuture<Done> end = new CompletableFuture<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private int lingering;
  private boolean finishing;
  private long warnedNanos;
  private long warnedFailures;
  private volatile boolean closing;
  private volatile boolean ended;

  private final UnreadBytes unread;

  private SocketLoop(String name, Clock clock, UnreadBudget budget) throws IOException {
    this.clock = clock;
    this.unread = new UnreadBytes(budget, clock, this::schedule);
    this.warnedNanos = clock.nanos() - WARN_EVERY_NANOS;
    this.selector = Selector.open();
    this.thread = new LoopThread(this, name);
    thread.setDaemon(true);
  }

  /** Starts a loop whose thread has this name. Fails if the system has no descriptor left. */
  public static SocketLoop start(String name, Clock clock) throws IOException {
    return start(name, clock, UnreadBudget.unlimited());
  }

  /**
   * The same.
   *
   * @param budget what its connections and those of others may hold for peers that do not take it
   */
  static SocketLoop start(String name, Clock clock, UnreadBudget budget) throws IOException {
    var loop = new SocketLoop(name, clock, budget);
    loop.thread.start();
    return loop;
  }

  /** Runs the task in the thread of the loop, in the order of the calls of one thread. */
  @Override
  public void execute(Runnable task) {
    if (isOwnThread()) {
      own.add(task);
      return;
    }
    fromOthers.add(task);
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      selector.wakeup();
    }
    if (ended && fromOthers.remove(task)) {
      ForkJoinPool.commonPool().execute(task); // an actor that only wants to stop must be able to
    }
  }

  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  /** The loop in whose thread this is called; null in any other thread. */
  public static @Nullable SocketLoop current() {
    return Thread.currentThread() instanceof LoopThread own ? own.loop : null;
  }

  /**
   * Runs the task when this turn ends, whatever comes of the turn: what many tasks of it have for
   * somebody else can go there in one. To be called in the thread of the loop.
   */
  public void atEndOfTurn(Runnable task) {
    endings.add(task);
  }

  /** Sockets that are not closed. From any thread. */
  public int openSockets() {
    return open.get();
  }

  /** What tasks and sockets have thrown. From any thread. */
  public long failures() {
    return failures.get();
  }

  /** How many channels are registered, closed ones included whose turn has not come. */
  int registered() {
    return selector.keys().size();
  }

  /**
   * Closes what lingers, now and from now on, and is done when no socket is open. From any thread.
   */
  public CompletionStage<Done> finish() {
    execute(
        () -> {
          if (ended) {
            return; // then it is done
          }
          finishing = true;
          for (SelectionKey key : new ArrayList<>(selector.keys())) {
            if (key.attachment() instanceof LoopSocket socket) {
              socket.endLinger();
            }
          }
          finishIfEmpty();
        });
    return finished;
  }

  /**
   * Ends the thread and closes whatever is open, unsent bytes or not. Does not wait. From any
   * thread.
   */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
  }

  /** Done when the thread has closed whatever was open, and waits for nothing any more. */
  CompletionStage<Done> whenEnded() {
    return end;
  }

  SelectionKey register(SelectableChannel channel, int ops, Watched watched) throws IOException {
    return channel.register(selector, ops, watched);
  }

  /** Runs the task in the loop when {@code delay} has passed, or later. */
  void schedule(Duration delay, Runnable task) {
    if (ended) {
      return; // there is no later turn
    }
    timers.add(new Timed(clock.nanos() + delay.toNanos(), task));
  }

  /** Has {@link LoopSocket#flush} called at the end of this turn. */
  void flushLater(LoopSocket socket) {
    unsent.add(socket);
  }

  /** For one read or one write; what it holds is lost with the next. */
  ByteBuffer buffer() {
    return buffer.clear();
  }

  UnreadBytes unread() {
    return unread;
  }

  void opened() {
    open.incrementAndGet();
  }

  void closed() {
    open.decrementAndGet();
    finishIfEmpty();
  }

  /** Takes a place among the sockets that linger, if there is one. */
  boolean mayLinger() {
    if (finishing || lingering >= LoopSocket.MAX_LINGERING) {
      return false;
    }
    lingering++;
    return true;
  }

  void lingered() {
    lingering--;
  }

  private void finishIfEmpty() {
    if (finishing && open.get() == 0) {
      finished.complete(Done.getInstance());
    }
  }

  private void run() {
    while (!closing) {
      try {
        if (Thread.interrupted()) {
          LOG.debug("{} was interrupted: only close() ends it", thread.getName());
        }
        turn();
      } catch (IOException | RuntimeException | Error e) {
        failed(e);
        LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
      }
    }
    end();
  }

  private void turn() throws IOException {
    if (own.isEmpty() && endings.isEmpty()) {
      asleep.set(true);
      // what others add from here on wakes the selector
      if (fromOthers.isEmpty()) {
        selector.select(this::ready, millisToWait());
      } else {
        selector.selectNow(this::ready);
      }
      asleep.set(false);
    } else {
      selector.selectNow(this::ready);
    }
    runTimers();
    for (int i = 0; i < MAX_TASKS; i++) {
      Runnable task = own.poll();
      task = task == null ? fromOthers.poll() : task;
      if (task == null) {
        break;
      }
      run(task);
    }
    for (int left = endings.size(); left > 0; left--) { // what they add ends the next turn
      run(endings.remove());
    }
    for (LoopSocket each = unsent.poll(); each != null; each = unsent.poll()) {
      run(each::flush);
    }
  }

  private void ready(SelectionKey key) {
    var watched = (Watched) key.attachment();
    try {
      if (key.isValid()) {
        watched.ready(key.readyOps());
      }
    } catch (RuntimeException | Error e) {
      failed(e);
      run(() -> watched.failed(e));
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void runTimers() {
    while (!timers.isEmpty() && timers.peek().deadlineNanos - clock.nanos() <= 0) {
      run(timers.poll().task);
    }
  }

  /** Until the next timer, rounded up; 0 = for ever. */
  private long millisToWait() {
    if (closing) {
      return 1;
    }
    var next = timers.peek();
    return next == null
        ? 0
        : Math.max(1, (next.deadlineNanos - clock.nanos() + 999_999) / 1_000_000);
  }

  private void failed(Throwable failure) {
    long count = failures.incrementAndGet();
    long now = clock.nanos();
    if (now - warnedNanos >= WARN_EVERY_NANOS) {
      LOG.error(
          "{} goes on after a failure ({} since the last such line)",
          thread.getName(),
          count - warnedFailures,
          failure);
      warnedNanos = now;
      warnedFailures = count;
    }
  }

  private void end() {
    for (SelectionKey key : new ArrayList<>(selector.keys())) {
      if (key.attachment() instanceof LoopSocket socket) {
        run(socket::abort);
      } else {
        closeQuietly(key.channel());
      }
    }
    ended = true;
    Runnable task = nextTask();
    while (task != null) {
      run(task);
      task = nextTask();
    }
    closeQuietly(selector);
    finished.complete(Done.getInstance());
    end.complete(Done.getInstance());
  }

  private @Nullable Runnable nextTask() {
    Runnable task = own.poll();
    task = task == null ? fromOthers.poll() : task;
    return task == null ? endings.poll() : task;
  }

  static void closeQuietly(AutoCloseable what) {
    try {
      what.close();
    } catch (Exception e) {
      LOG.debug("{} cannot be closed: {}", what, String.valueOf(e.getMessage()));
    }
  }
}
