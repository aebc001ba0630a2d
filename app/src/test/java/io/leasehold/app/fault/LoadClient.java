package io.leasehold.app.fault;

import java.util.Optional;
import java.util.Random;

/** One client in a crowd: takes a lease, uses it for a moment, gives it back or forgets it. */
final class LoadClient {
  private final Workload workload;
  private final Load load;
  private final Random random;
  private final LockCalls calls;

  LoadClient(Workload workload, Load load, int number) {
    this.workload = workload;
    this.load = load;
    random = new Random(load.seed() * 1_000_003 + number);
    calls = new LockCalls(workload, number, random);
  }

  void run() {
    while (!workload.isOver()) {
      double dice = random.nextDouble();
      if (dice < 0.05 && load.keepers() > 0) {
        tryKept();
      } else if (dice < 0.12) {
        calls.exists(random.nextInt(load.contendedKeys()));
      } else {
        contend(random.nextInt(load.contendedKeys()));
      }
    }
    calls.close();
  }

  private int between(int from, int to) {
    return from + random.nextInt(to - from);
  }

  private void contend(int key) {
    int limit = load.keys().get(key).limit();
    int permits = limit == 1 || random.nextDouble() < 0.7 ? 1 : 2;
    int ttl = random.nextDouble() < 0.8 ? between(500, 2_000) : between(2_000, 5_000);
    int wait = random.nextDouble() < 0.7 ? between(100, 3_000) : 0;
    calls.acquire(key, permits, ttl, wait).ifPresent(this::use);
  }

  /** What a keeper has is to be refused; what it just gave back may be had. */
  private void tryKept() {
    int key = load.contendedKeys() + random.nextInt(load.keepers());
    Optional<Operation> grant = calls.acquire(key, 1, between(500, 1_000), 0);
    grant.ifPresent(calls::release);
  }

  private void use(Operation grant) {
    while (!workload.isOver()) {
      hold(grant.ttlMillis());
      double dice = random.nextDouble();
      if (dice < 0.01) {
        return; // left to its deadline
      } else if (dice < 0.06) {
        calls.exists(grant.key());
      } else if (dice < 0.22) {
        if (calls.verify(grant).deniesLease()) {
          return;
        }
      } else if (dice < 0.34) {
        if (calls.extend(grant, between(500, 3_000)).deniesLease()) {
          return;
        }
      } else {
        break;
      }
    }
    if (calls.release(grant) == Outcome.DONE && random.nextDouble() < 0.1) {
      calls.verify(grant);
    }
  }

  /** Most are short; some outlive their lease. */
  private void hold(int ttlMillis) {
    double dice = random.nextDouble();
    if (dice < 0.8) {
      return;
    }
    long most = dice < 0.97 ? 5 : dice < 0.997 ? 50 : ttlMillis + 200L;
    workload.rest((long) (random.nextDouble() * most * History.MILLI));
  }
}
