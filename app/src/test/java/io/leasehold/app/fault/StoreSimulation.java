package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;

/**
 * One shard of a store, its clients, a watcher and its failures in virtual time: the same seed
 * gives the same history. A model of the promises, wrong in exactly one way when told so.
 */
final class StoreSimulation {
  private static final int CLIENTS = 8;
  private static final long LENGTH = 15 * History.SECOND;
  private static final int HISTORY = 40;

  static final List<StoreKey> KEYS =
      List.of(
          StoreKey.register("a"),
          StoreKey.register("b"),
          StoreKey.counter("count"),
          StoreKey.guarded("guarded", "lock"),
          StoreKey.fleeting("short", 100),
          StoreKey.fleeting("long", 700));

  private record Event(long nanos, long order, Runnable action) {}

  /** A request under way. */
  final class Call {
    private final int number;
    private final SimulatedShard target;
    private final Consumer<StoreOperation> then;
    private boolean isOver;

    Call(int number, SimulatedShard target, Consumer<StoreOperation> then) {
      this.number = number;
      this.target = target;
      this.then = then;
    }

    StoreOperation.Request request() {
      return history.get(number).request();
    }

    /** The answer leaves the server now. */
    void answer(StoreOperation.Answer answer) {
      after(latency(), () -> arrive(answer));
    }

    private void arrive(StoreOperation.Answer answer) {
      if (!isOver) {
        isOver = true;
        inFlight.remove(this);
        then.accept(history.answered(number, answer));
      }
    }
  }

  final StoreDefect defect;
  final StoreHistory history;
  final List<WatchEvent> watched = new ArrayList<>();
  int failures;
  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) ->
              a.nanos() == b.nanos()
                  ? Long.compare(a.order(), b.order())
                  : Long.compare(a.nanos(), b.nanos()));
  private final SimulatedJournal journal = new SimulatedJournal();
  private final List<Call> inFlight = new ArrayList<>();
  private SimulatedShard owner;
  private SimulatedShard deposed;
  private long now = 1;
  private long order;
  private long tokens;
  private long watchedTo;

  private StoreSimulation(long seed, StoreDefect defect) {
    random = new Random(seed);
    this.defect = defect;
    history = new StoreHistory(KEYS, () -> now);
    owner = new SimulatedShard(this, journal);
  }

  /** A whole run. */
  static StoreSimulation run(long seed, StoreDefect defect) {
    var simulation = new StoreSimulation(seed, defect);
    simulation.play();
    return simulation;
  }

  StoreVerdict verdict() {
    return StoreVerdict.of(history, 1, watched);
  }

  static int keyOf(String name) {
    for (int i = 0; i < KEYS.size(); i++) {
      if (KEYS.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(name);
  }

  private void play() {
    for (int i = 0; i < CLIENTS; i++) {
      var client = new Client(i);
      after(latency(), client::next);
    }
    after(5 * History.MILLI, this::watch);
    after(between(History.SECOND, 2 * History.SECOND), this::fail);
    while (!events.isEmpty() && events.peek().nanos() < LENGTH) {
      Event event = events.poll();
      now = event.nanos();
      event.action().run();
    }
    told();
  }

  void after(long nanos, Runnable action) {
    events.add(new Event(now + nanos, order++, action));
  }

  long now() {
    return now;
  }

  private long latency() {
    return between(50_000, 800_000);
  }

  long between(long from, long to) {
    return from + (long) (random.nextDouble() * (to - from));
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private SimulatedShard serverOf(int client) {
    return deposed != null && client % 2 == 0 ? deposed : owner;
  }

  /** The owner crashes, or is deposed without noticing: half of the clients stay with it. */
  private void fail() {
    failures++;
    if (failures % 2 == 0) {
      owner.die();
      breakCalls(owner);
      after(100 * History.MILLI, () -> owner = new SimulatedShard(this, journal));
    } else {
      deposed = owner;
      owner = new SimulatedShard(this, journal);
      after(
          700 * History.MILLI,
          () -> {
            SimulatedShard old = deposed;
            deposed = null;
            old.die();
            breakCalls(old);
          });
    }
    after(between(900 * History.MILLI, 2 * History.SECOND), this::fail);
  }

  private void breakCalls(SimulatedShard dead) {
    for (Call call : List.copyOf(inFlight)) {
      if (call.target == dead) {
        after(latency(), () -> call.arrive(StoreOperation.Answer.of(StoreOutcome.BROKEN)));
      }
    }
  }

  /** Now and then the watcher is away, at times for longer than the history reaches. */
  private void watch() {
    told();
    if (chance(0.005)) {
      if (defect == StoreDefect.REPEATS_EVENTS && watchedTo > 0) {
        watchedTo--;
      }
      after(between(20 * History.MILLI, 900 * History.MILLI), this::watch);
    } else {
      after(5 * History.MILLI, this::watch);
    }
  }

  private void told() {
    List<WatchEvent> all = journal.events();
    int from = Math.max(0, all.size() - HISTORY);
    if (from > 0 && all.get(from - 1).revision() > watchedTo) {
      long to = all.get(from - 1).revision();
      if (defect != StoreDefect.TRIMS_IN_SILENCE) {
        watched.add(new WatchEvent(WatchEvent.Kind.GAP, "", 0, to, watchedTo, ""));
      }
      watchedTo = to;
    }
    for (WatchEvent event : all.subList(from, all.size())) {
      if (event.revision() > watchedTo) {
        watched.add(event);
        watchedTo = event.revision();
      }
    }
  }

  /** Asks one thing after the other. */
  private final class Client {
    private final int number;
    private final Map<Integer, Long> versions = new HashMap<>();
    private long token;

    Client(int number) {
      this.number = number;
    }

    void next() {
      SimulatedShard target = serverOf(number);
      if (target.isDead()) {
        after(10 * History.MILLI, this::next);
        return;
      }
      int key = random.nextInt(KEYS.size());
      boolean guarded = KEYS.get(key).isGuarded();
      if (guarded && (token == 0 || chance(0.03))) {
        token = ++tokens;
      }
      int sent = history.sending(request(key, guarded ? token : 0));
      var call = new Call(sent, target, this::answered);
      inFlight.add(call);
      after(latency(), () -> target.receive(call));
    }

    private StoreOperation.Request request(int key, long under) {
      boolean counts = KEYS.get(key).type() == StoreKey.Type.COUNTER;
      double dice = random.nextDouble();
      long any = StoreOperation.ANY_VERSION;
      if (dice < 0.4) {
        return new StoreOperation.Request(number, StoreKind.GET, key, "", any, under);
      } else if (dice < 0.5) {
        return new StoreOperation.Request(number, StoreKind.DELETE, key, "", any, under);
      } else if (counts) {
        return new StoreOperation.Request(number, StoreKind.INCREMENT, key, "", any, under);
      }
      String value = "v" + history.size();
      return dice < 0.75
          ? new StoreOperation.Request(number, StoreKind.PUT, key, value, any, under)
          : new StoreOperation.Request(
              number, StoreKind.CAS, key, value, versions.getOrDefault(key, 0L), under);
    }

    private void answered(StoreOperation operation) {
      if (operation.outcome().isDefinite()) {
        boolean gone = operation.kind() == StoreKind.DELETE;
        versions.put(operation.request().key(), gone ? 0 : operation.version());
      }
      after(between(History.MILLI, 15 * History.MILLI), this::next);
    }
  }
}
