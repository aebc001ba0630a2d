package io.leasehold.app.fault;

/** One client in virtual time: takes leases, uses them, gives them back or forgets them. */
final class SimulatedClient {
  private final Simulation simulation;
  private final int client;

  SimulatedClient(Simulation simulation, int client) {
    this.simulation = simulation;
    this.client = client;
  }

  void next() {
    if (!simulation.isConnectable(client)) {
      pause();
      return;
    }
    int key = simulation.random.nextInt(Simulation.KEYS.size());
    if (simulation.chance(0.1)) {
      int number = simulation.history.exists(client, key);
      simulation.call(client, number, outcome -> pause());
      return;
    }
    int limit = Simulation.KEYS.get(key).limit();
    int permits = 1 + simulation.random.nextInt(Math.min(2, limit));
    int wait = simulation.chance(0.7) ? (int) simulation.between(200, 3_000) : 0;
    int ttl = (int) simulation.between(200, 1_500);
    int number = simulation.history.acquire(client, key, permits, ttl, wait);
    simulation.call(client, number, outcome -> acquired(key, number, outcome, 3));
  }

  private void pause() {
    simulation.after(simulation.between(History.MILLI, 20 * History.MILLI), this::next);
  }

  private void acquired(int key, int number, Outcome outcome, int repeats) {
    if (outcome == Outcome.GRANTED) {
      long token = simulation.history.get(number).token();
      use(key, token);
    } else if (outcome.isOpen() && repeats > 0 && simulation.chance(0.7)) {
      whenConnectable(() -> repeat(key, number, repeats - 1));
    } else {
      pause();
    }
  }

  private void whenConnectable(Runnable action) {
    if (simulation.isConnectable(client)) {
      action.run();
    } else {
      simulation.after(10 * History.MILLI, () -> whenConnectable(action));
    }
  }

  private void repeat(int key, int number, int repeats) {
    int again = simulation.history.repeat(simulation.history.get(number).request());
    simulation.call(client, again, result -> acquired(key, again, result, repeats));
  }

  private void use(int key, long token) {
    long hold = simulation.chance(0.1) ? 400 * History.MILLI : 5 * History.MILLI;
    simulation.after(
        simulation.between(0, hold),
        () -> {
          double dice = simulation.random.nextDouble();
          if (dice < 0.05) {
            pause(); // left to its deadline
          } else if (dice < 0.25) {
            send(Kind.EXTEND, key, token, (int) simulation.between(200, 1_500));
          } else if (dice < 0.5) {
            send(Kind.VERIFY, key, token, 0);
          } else {
            send(Kind.RELEASE, key, token, 0);
          }
        });
  }

  private void send(Kind kind, int key, long token, int ttl) {
    if (!simulation.isConnectable(client)) {
      whenConnectable(() -> send(kind, key, token, ttl));
      return;
    }
    int number = simulation.history.onToken(client, kind, key, token, ttl);
    simulation.call(
        client,
        number,
        outcome -> {
          if (kind == Kind.RELEASE) {
            released(key, token, outcome);
          } else if (outcome.deniesLease()) {
            pause();
          } else {
            use(key, token);
          }
        });
  }

  private void released(int key, long token, Outcome outcome) {
    if (outcome.isOpen()) {
      whenConnectable(() -> send(Kind.RELEASE, key, token, 0));
    } else if (simulation.chance(0.3)) {
      int number = simulation.history.onToken(client, Kind.VERIFY, key, token, 0);
      simulation.call(client, number, verified -> pause());
    } else {
      pause();
    }
  }
}
