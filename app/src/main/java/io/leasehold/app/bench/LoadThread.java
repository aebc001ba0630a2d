package io.leasehold.app.bench;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/** One selector and its share of the connections, from connecting to the last answer. */
final class LoadThread implements Runnable {
  private static final long SELECT_MILLIS = 100;
  private static final long LAST_ANSWERS_NANOS = 10_000_000_000L;

  private final LoadPlan plan;
  private final int share;
  private final Clock clock;
  private final LoadCounts counts = new LoadCounts();
  private final List<LoadConnection> connections = new ArrayList<>();
  private int open;
  private long now;
  private long warmUntil;
  private long until;

  /**
   * @param share this thread's number: it drives the connections whose number modulo the threads is
   *     this
   */
  LoadThread(LoadPlan plan, int share, Clock clock) {
    this.plan = plan;
    this.share = share;
    this.clock = clock;
  }

  LoadCounts counts() {
    return counts;
  }

  @Override
  public void run() {
    try (var selector = Selector.open()) {
      connect(selector);
      drive(selector);
    } catch (IOException e) {
      counts.broke(String.valueOf(e.getMessage()));
    } finally {
      connections.forEach(this::close);
    }
  }

  private void connect(Selector selector) throws IOException {
    for (int n = share; n < plan.connections(); n += plan.threads()) {
      connections.add(new LoadConnection(plan, n, selector, counts));
    }
    open = connections.size();
  }

  private void drive(Selector selector) throws IOException {
    now = clock.nanos();
    warmUntil = now + plan.warmup().toNanos();
    until = warmUntil + plan.measured().toNanos();
    for (var connection : connections) {
      connection.start(now);
    }
    while (open > 0) {
      selector.select(this::onReady, SELECT_MILLIS);
      now = clock.nanos();
      if (now - until > LAST_ANSWERS_NANOS) {
        counts.broke("no answer within 10 s on " + open + " connections");
        return;
      }
    }
  }

  private void onReady(SelectionKey key) {
    var connection = (LoadConnection) key.attachment();
    now = clock.nanos();
    boolean isEnding = now - until >= 0;
    boolean isMeasured = !isEnding && now - warmUntil >= 0;
    try {
      connection.onReady(now, isMeasured, isEnding);
      if (isEnding && connection.isIdle()) {
        close(connection);
        open--;
      }
    } catch (IOException e) {
      counts.broke(String.valueOf(e.getMessage()));
      close(connection);
      open--;
    }
  }

  private void close(LoadConnection connection) {
    try {
      connection.close();
    } catch (IOException e) {
      counts.broke("cannot close: " + e.getMessage());
    }
  }
}
