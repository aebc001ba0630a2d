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
 * @param fleeting keys whose values run out, after half a second, one, ...
 */
record StoreLoad(
    long seed,
    int clients,
    int ratePerSecond,
    int registers,
    int counters,
    int guarded,
    int fleeting) {
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
    for (int i = 0; i < fleeting; i++) {
      keys.add(StoreKey.fleeting(prefix() + "fleeting." + i, 500 * (i + 1)));
    }
    return keys;
  }
}
