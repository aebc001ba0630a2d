package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;

/**
 * How a run loads the servers.
 *
 * @param seed of everything that is random
 * @param clients threads with a connection each
 * @param ratePerSecond operations of all clients together at most; 0 is as many as come
 * @param locks keys with one permit
 * @param semaphores keys with three permits
 * @param keepers clients on top, each with a lock that it holds for long
 */
record Load(long seed, int clients, int ratePerSecond, int locks, int semaphores, int keepers) {
  private static final int PERMITS = 3;

  /** Their names differ from run to run, so that no lease of an earlier one is in the way. */
  List<LockKey> keys() {
    var keys = new ArrayList<LockKey>();
    for (int i = 0; i < locks; i++) {
      keys.add(new LockKey("fault-" + seed + "-lock-" + i, 1));
    }
    for (int i = 0; i < semaphores; i++) {
      keys.add(new LockKey("fault-" + seed + "-pool-" + i, PERMITS));
    }
    for (int i = 0; i < keepers; i++) {
      keys.add(new LockKey("fault-" + seed + "-kept-" + i, 1));
    }
    return keys;
  }

  /** The first of the keys are those that many want; those of the keepers follow. */
  int contendedKeys() {
    return locks + semaphores;
  }
}
