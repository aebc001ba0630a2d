package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;

/**
 * How a run loads the store.
 *
 * @param seed of everything that is random
 * @param clients threads, each of which asks one thing at a time
 * @param ratePerSecond operations of all clients together at most; 0 is as many as come
 * @param registers keys with values
 * @param counters keys with numbers
 * @param guarded keys with values, each under a lock of the same cluster
 */
record StoreLoad(
    long seed, int clients, int ratePerSecond, int registers, int counters, int guarded) {
  /** Keys of this run begin with it, and no others. */
  String prefix() {
    return "fault-" + seed + "-";
  }

  List<StoreKey> keys() {
    var keys = new ArrayList<StoreKey>();
    for (int i = 0; i < registers; i++) {
      keys.add(StoreKey.register(prefix() + "register/" + i));
    }
    for (int i = 0; i < counters; i++) {
      keys.add(StoreKey.counter(prefix() + "count ü" + i));
    }
    for (int i = 0; i < guarded; i++) {
      keys.add(StoreKey.guarded(prefix() + "guarded-" + i, prefix() + "lock/ü-" + i));
    }
    return keys;
  }
}
