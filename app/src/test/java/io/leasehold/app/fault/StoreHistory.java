package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What all clients of a run asked the store and were told. Safe for many writers, each of which
 * answers only the operations it added; read after the writers have been joined.
 */
final class StoreHistory {
  private final List<StoreKey> keys;
  private final LongSupplier clock;
  private final List<StoreOperation> operations = new ArrayList<>();

  /** On the monotonic clock of this process, from now on. */
  static StoreHistory starting(List<StoreKey> keys) {
    long start = System.nanoTime();
    return new StoreHistory(keys, () -> System.nanoTime() - start);
  }

  /**
   * @param clock nanoseconds since the start, never negative, never falling
   */
  StoreHistory(List<StoreKey> keys, LongSupplier clock) {
    this.keys = List.copyOf(keys);
    this.clock = clock;
  }

  List<StoreKey> keys() {
    return keys;
  }

  /** Nanoseconds since the start. */
  long now() {
    return clock.getAsLong();
  }

  synchronized int size() {
    return operations.size();
  }

  synchronized StoreOperation get(int number) {
    return operations.get(number);
  }

  synchronized List<StoreOperation> operations() {
    return List.copyOf(operations);
  }

  /** Notes a request that is about to be sent; returns its number. */
  synchronized int sending(StoreOperation.Request request) {
    int number = operations.size();
    operations.add(
        new StoreOperation(number, request, now(), Long.MAX_VALUE, StoreOperation.Answer.NONE));
    return number;
  }

  /** The end of an operation, at this moment. */
  synchronized StoreOperation answered(int number, StoreOperation.Answer answer) {
    StoreOperation sent = operations.get(number);
    var ended = new StoreOperation(number, sent.request(), sent.sentNanos(), now(), answer);
    operations.set(number, ended);
    return ended;
  }

  /** What happened to each key, in the order of sending. */
  List<StoreKeyHistory> byKey() {
    var ofKeys = new ArrayList<List<StoreOperation>>();
    keys.forEach(key -> ofKeys.add(new ArrayList<>()));
    operations().forEach(each -> ofKeys.get(each.request().key()).add(each));
    var histories = new ArrayList<StoreKeyHistory>();
    for (int key = 0; key < keys.size(); key++) {
      histories.add(new StoreKeyHistory(keys.get(key), ofKeys.get(key)));
    }
    return histories;
  }
}
