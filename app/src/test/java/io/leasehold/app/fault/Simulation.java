package io.leasehold.app.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A lock service, its clients and its failures in virtual time: the same seed gives the same
 * history. It is a model of the promises, not of the product: small enough to be seen to be right,
 * and wrong in exactly one way when told so.
 */
final class Simulation {
  private static final int CLIENTS = 10;
  private static final long LENGTH = 60 * History.SECOND;
  private static final long LOOK_EVERY = 10 * History.MILLI;

  static final List<LockKey> KEYS =
      List.of(new LockKey("a", 1), new LockKey("b", 1), new LockKey("pool", 3));

  private record Event(long nanos, long order, Runnable action) {}

  final Random random;
  final Defect defect;
  final History history;
  final List<Window> disruptions = new ArrayList<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) ->
              a.nanos() == b.nanos()
                  ? Long.compare(a.order(), b.order())
                  : Long.compare(a.nanos(), b.nanos()));
  private final SimulatedStore store;
  private final List<Call> inFlight = new ArrayList<>();
  private SimulatedServer server;
  private SimulatedServer deposed;
  private long now = 1;
  private long order;
  private long failingSince = -1;
  private long wallOffset;

  /** A request under way. */
  final class Call {
    final int number;
    final SimulatedServer target;
    private final Consumer<Outcome> then;
    private boolean isOver;

    Call(int number, SimulatedServer target, Consumer<Outcome> then) {
      this.number = number;
      this.target = target;
      this.then = then;
    }

    Operation request() {
      return history.get(number);
    }

    /** The answer leaves the server now. */
    void answer(Outcome outcome, long token, int leftMillis, int waitedMillis) {
      after(latency(), () -> arrive(outcome, token, leftMillis, waitedMillis));
    }

    private void arrive(Outcome outcome, long token, int leftMillis, int waitedMillis) {
      if (!isOver) {
        isOver = true;
        inFlight.remove(this);
        history.answered(number, outcome, token, leftMillis, waitedMillis);
        then.accept(outcome);
      }
    }
  }

  private Simulation(long seed, Defect defect) {
    random = new Random(seed);
    this.defect = defect;
    history = new History(KEYS, () -> now);
    store = new SimulatedStore(defect != Defect.HAS_NO_FENCE);
    server = new SimulatedServer(this, store);
  }

  /** A whole run. */
  static Simulation run(long seed, Defect defect) {
    var simulation = new Simulation(seed, defect);
    simulation.play();
    return simulation;
  }

  Verdict verdict() {
    return Verdict.of(
        history,
        new Rules(
            Duration.ofMillis(200), Duration.ZERO, Duration.ofMillis(500), true, disruptions));
  }

  private void play() {
    for (int client = 0; client < CLIENTS; client++) {
      var clients = new SimulatedClient(this, client);
      after(latency(), clients::next);
    }
    after(LOOK_EVERY, this::look);
    scheduleFailure();
    scheduleJump();
    while (!events.isEmpty() && events.peek().nanos() < LENGTH) {
      Event event = events.poll();
      now = event.nanos();
      event.action().run();
    }
    if (failingSince >= 0) {
      recovered(Window.Effect.MOVES);
    }
  }

  private void recovered(Window.Effect effect) {
    disruptions.add(new Window(failingSince, now + 20 * History.MILLI, effect));
    failingSince = -1;
    scheduleFailure();
  }

  void after(long nanos, Runnable action) {
    events.add(new Event(now + nanos, order++, action));
  }

  long now() {
    return now;
  }

  /** The clock that the server compares deadlines with: the monotonic one, unless it is wrong. */
  long serverClock() {
    return now + wallOffset;
  }

  long latency() {
    return between(50_000, 400_000);
  }

  long between(long from, long to) {
    return from + (long) (random.nextDouble() * (to - from));
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private SimulatedServer serverOf(int client) {
    return deposed != null && client % 2 == 0 ? deposed : server;
  }

  /** Whether this client finds a server at all. */
  boolean isConnectable(int client) {
    return !serverOf(client).isDead();
  }

  /** Sends a request that the history already has. */
  void call(int client, int number, Consumer<Outcome> then) {
    SimulatedServer target = serverOf(client);
    var call = new Call(number, target, then);
    inFlight.add(call);
    after(latency(), () -> target.receive(call));
  }

  private void look() {
    for (int key = 0; key < KEYS.size(); key++) {
      server.queued(key).forEach(history::seenQueued);
    }
    after(LOOK_EVERY, this::look);
  }

  private void scheduleFailure() {
    after(between(4 * History.SECOND, 8 * History.SECOND), this::fail);
  }

  private void fail() {
    failingSince = now;
    if (disruptions.size() % 2 == 0) {
      depose();
    } else {
      crash();
    }
  }

  private void crash() {
    server.die();
    breakCalls(server);
    after(
        200 * History.MILLI,
        () -> {
          server = new SimulatedServer(this, store);
          recovered(Window.Effect.ENDS);
        });
  }

  /** Half of the clients go on with the old owner, which does not know that there is a new one. */
  private void depose() {
    deposed = server;
    server = new SimulatedServer(this, store);
    after(
        1_500 * History.MILLI,
        () -> {
          SimulatedServer old = deposed;
          deposed = null;
          old.die();
          breakCalls(old);
          recovered(Window.Effect.MOVES);
        });
  }

  private void breakCalls(SimulatedServer dead) {
    for (Call call : List.copyOf(inFlight)) {
      if (call.target == dead) {
        after(latency(), () -> call.arrive(Outcome.BROKEN, 0, 0, 0));
      }
    }
  }

  private void scheduleJump() {
    if (defect == Defect.USES_WALL_CLOCK_AHEAD || defect == Defect.USES_WALL_CLOCK_BACK) {
      long jump = defect == Defect.USES_WALL_CLOCK_AHEAD ? History.SECOND : -3 * History.SECOND;
      after(
          2 * History.SECOND,
          () -> {
            wallOffset += jump;
            scheduleJump();
          });
    }
  }
}
