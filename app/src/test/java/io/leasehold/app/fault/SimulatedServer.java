package io.leasehold.app.fault;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The owner of all keys: decides in memory, answers once the decision is in the store. */
final class SimulatedServer {
  private static final class Lease {
    final long token;
    final int permits;
    final int request;
    long deadline;

    Lease(long token, int permits, int request, long deadline) {
      this.token = token;
      this.permits = permits;
      this.request = request;
      this.deadline = deadline;
    }
  }

  private record Waiter(Simulation.Call call, Operation request, long arrived) {}

  private static final class Key {
    final Map<Long, Lease> leases = new HashMap<>();
    final Deque<Waiter> queue = new ArrayDeque<>();
  }

  private final Simulation simulation;
  private final SimulatedStore store;
  private final int writer;
  private final List<Key> keys = new ArrayList<>();
  private final List<Runnable> uncommitted = new ArrayList<>();
  private long lastToken;
  private boolean isDead;

  SimulatedServer(Simulation simulation, SimulatedStore store) {
    this.simulation = simulation;
    this.store = store;
    writer = store.nextOwner();
    lastToken = simulation.defect == Defect.RESTARTS_TOKENS ? 0 : store.lastToken();
    for (int key = 0; key < Simulation.KEYS.size(); key++) {
      var state = new Key();
      keys.add(state);
      for (var written : store.of(key).entrySet()) {
        SimulatedStore.Written lease = written.getValue();
        state.leases.put(
            written.getKey(),
            new Lease(written.getKey(), lease.permits(), lease.request(), lease.deadline()));
        expireAt(key, lease.deadline());
      }
    }
  }

  /** Of what was under way to the store, some arrives and some does not. */
  void die() {
    isDead = true;
    for (Runnable write : uncommitted) {
      boolean isLost = simulation.defect == Defect.ANSWERS_BEFORE_COMMIT || simulation.chance(0.5);
      if (!isLost && store.accepts(writer)) {
        write.run();
      }
    }
    uncommitted.clear();
  }

  boolean isDead() {
    return isDead;
  }

  /** Numbers of the waits in the queue of a key. */
  IntStream queued(int key) {
    return keys.get(key).queue.stream().mapToInt(waiter -> waiter.call().number);
  }

  void receive(Simulation.Call call) {
    if (isDead) {
      call.answer(Outcome.BROKEN, 0, 0, 0);
      return;
    }
    Operation request = call.request();
    Key key = keys.get(request.key());
    expire(request.key());
    switch (request.kind()) {
      case ACQUIRE -> acquire(call, request, key);
      case RELEASE -> release(call, request, key);
      case EXTEND -> extend(call, request, key);
      case VERIFY -> verify(call, request, key);
      case EXISTS -> call.answer(key.leases.isEmpty() ? Outcome.NOT_HELD : Outcome.DONE, 0, 0, 0);
    }
  }

  private void acquire(Simulation.Call call, Operation request, Key key) {
    for (Lease lease : key.leases.values()) {
      if (lease.request == request.request()) {
        int left = (int) ((lease.deadline - simulation.serverClock()) / History.MILLI);
        commit(() -> {}, () -> call.answer(Outcome.GRANTED, lease.token, left, 0), call);
        return;
      }
    }
    key.queue.removeIf(waiter -> waiter.request().request() == request.request());
    if (key.queue.isEmpty() && fits(request, key)) {
      grant(call, request, key, 0);
    } else if (request.isWait()) {
      var waiter = new Waiter(call, request, simulation.now());
      key.queue.add(waiter);
      simulation.after(
          request.waitMillis() * History.MILLI,
          () -> {
            if (!isDead && key.queue.remove(waiter)) {
              call.answer(Outcome.TIMEOUT, 0, 0, request.waitMillis());
              if (simulation.defect != Defect.DROPS_WAKE_UPS) {
                serve(key); // those behind may want less
              }
            }
          });
    } else {
      call.answer(Outcome.HELD, 0, 0, 0);
    }
  }

  private boolean fits(Operation request, Key key) {
    int taken = key.leases.values().stream().mapToInt(lease -> lease.permits).sum();
    return taken + request.permits() <= Simulation.KEYS.get(request.key()).limit();
  }

  private void grant(Simulation.Call call, Operation request, Key key, int waited) {
    long ttl = request.ttlMillis() * History.MILLI;
    var lease =
        new Lease(
            ++lastToken, request.permits(), request.request(), simulation.serverClock() + ttl);
    key.leases.put(lease.token, lease);
    commit(
        () -> write(request.key(), lease),
        () -> {
          lease.deadline = simulation.serverClock() + ttl;
          expireAt(request.key(), lease.deadline);
          call.answer(Outcome.GRANTED, lease.token, request.ttlMillis(), waited);
        },
        call);
  }

  private void write(int key, Lease lease) {
    store.put(
        key, lease.token, new SimulatedStore.Written(lease.permits, lease.request, lease.deadline));
  }

  private void release(Simulation.Call call, Operation request, Key key) {
    if (!key.leases.containsKey(request.token())) {
      call.answer(Outcome.NOT_HELD, 0, 0, 0);
      return;
    }
    commit(
        () -> {
          if (simulation.defect != Defect.FORGETS_RELEASES) {
            store.remove(request.key(), request.token());
          }
        },
        () -> {
          key.leases.remove(request.token());
          call.answer(Outcome.DONE, 0, 0, 0);
          if (simulation.defect != Defect.DROPS_WAKE_UPS || !simulation.chance(0.02)) {
            serve(key);
          }
        },
        call);
  }

  private void extend(Simulation.Call call, Operation request, Key key) {
    Lease lease = key.leases.get(request.token());
    if (lease == null) {
      call.answer(Outcome.NOT_HELD, 0, 0, 0);
      return;
    }
    lease.deadline = simulation.serverClock() + request.ttlMillis() * History.MILLI;
    commit(
        () -> write(request.key(), lease),
        () -> {
          expireAt(request.key(), lease.deadline);
          call.answer(Outcome.DONE, 0, request.ttlMillis(), 0);
        },
        call);
  }

  private void verify(Simulation.Call call, Operation request, Key key) {
    Outcome outcome = key.leases.containsKey(request.token()) ? Outcome.DONE : Outcome.STALE_TOKEN;
    commit(() -> {}, () -> call.answer(outcome, 0, 0, 0), call);
  }

  /**
   * @param write what a crash keeps
   * @param then what may happen once it is kept
   */
  private void commit(Runnable write, Runnable then, Simulation.Call call) {
    boolean isEarly = simulation.defect == Defect.ANSWERS_BEFORE_COMMIT;
    if (isEarly) {
      then.run();
    }
    uncommitted.add(write);
    long time = isEarly ? 30 * History.MILLI : simulation.between(300_000, 2 * History.MILLI);
    simulation.after(
        time,
        () -> {
          if (!uncommitted.remove(write)) {
            return; // died
          }
          if (!store.accepts(writer)) {
            call.answer(Outcome.UNKNOWN, 0, 0, 0);
            return;
          }
          write.run();
          if (!isEarly) {
            then.run();
          }
        });
  }

  private void expireAt(int key, long deadline) {
    long left = deadline - simulation.serverClock();
    simulation.after(
        Math.max(1, left),
        () -> {
          if (!isDead && expire(key)) {
            serve(keys.get(key));
          }
        });
  }

  /** Whether any lease ended. */
  private boolean expire(int number) {
    Key key = keys.get(number);
    long now = simulation.serverClock();
    return key.leases
        .values()
        .removeIf(
            lease -> {
              boolean isOver = lease.deadline - now <= 0;
              if (isOver && store.accepts(writer)) {
                store.remove(number, lease.token);
              }
              return isOver;
            });
  }

  private void serve(Key key) {
    boolean isUnfair = simulation.defect == Defect.SERVES_LAST_FIRST;
    while (!key.queue.isEmpty()) {
      Waiter head = isUnfair ? key.queue.peekLast() : key.queue.peekFirst();
      if (!fits(head.request(), key)) {
        return;
      }
      key.queue.remove(head);
      int waited = (int) ((simulation.now() - head.arrived()) / History.MILLI);
      grant(head.call(), head.request(), key, waited);
    }
  }
}
