package io.leasehold.app.fault;

import java.util.HashMap;
import java.util.Map;

/** What a simulated crash leaves: the live leases by key and token, the last token, the owner. */
final class SimulatedStore {
  /** A lease as it is written; the deadline is on the clock of the server. */
  record Written(int permits, int request, long deadline) {}

  private final boolean isFenced;
  private final Map<Integer, Map<Long, Written>> leases = new HashMap<>();
  private long lastToken;
  private int owner;

  SimulatedStore(boolean isFenced) {
    this.isFenced = isFenced;
  }

  /** The newest owner is the one whose commits count. */
  int nextOwner() {
    return ++owner;
  }

  boolean accepts(int writer) {
    return !isFenced || writer == owner;
  }

  void put(int key, long token, Written lease) {
    leases.computeIfAbsent(key, k -> new HashMap<>()).put(token, lease);
    lastToken = Math.max(lastToken, token);
  }

  void remove(int key, long token) {
    leases.computeIfAbsent(key, k -> new HashMap<>()).remove(token);
  }

  Map<Long, Written> of(int key) {
    return Map.copyOf(leases.getOrDefault(key, Map.of()));
  }

  long lastToken() {
    return lastToken;
  }
}
