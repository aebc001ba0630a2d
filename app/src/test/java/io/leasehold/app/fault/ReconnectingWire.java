package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * A connection to any of the servers; after a break it is made anew, to the next of them, after a
 * growing pause of at most a second. Confined to a thread.
 */
final class ReconnectingWire {
  private static final long FIRST_PAUSE = 10 * History.MILLI;
  private static final long LONGEST_PAUSE = History.SECOND;

  private final Workload workload;
  private final Random random;
  private LockWire wire;
  private int next;

  ReconnectingWire(Workload workload, Random random) {
    this.workload = workload;
    this.random = random;
    next = random.nextInt(1_000);
  }

  /** Connects if need be, and tries until it can. False when the load is over. */
  boolean connect() {
    long pause = FIRST_PAUSE;
    while (wire == null) {
      if (workload.isOver()) {
        return false;
      }
      List<InetSocketAddress> addresses = workload.addresses();
      try {
        if (!addresses.isEmpty()) {
          wire = new LockWire(addresses.get(Math.floorMod(next++, addresses.size())));
          return true;
        }
      } catch (IOException e) {
        // nobody there: once more
      }
      workload.rest((long) (pause * (0.5 + random.nextDouble())));
      pause = Math.min(LONGEST_PAUSE, 2 * pause);
    }
    return true;
  }

  /** On the connection that {@link #connect} made; a broken one is gone when this throws. */
  JsonNode ask(String line, String id, Duration patience) throws IOException {
    try {
      return wire.ask(line, id, patience);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  void close() {
    if (wire != null) {
      wire.close();
      wire = null;
    }
  }
}
