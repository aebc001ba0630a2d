package io.leasehold.app.fault;

import java.util.Optional;
import java.util.Random;

/**
 * One client that has a key nearly to itself and holds it with a ttl longer than any fault: so at
 * each fault some leases are there that must survive it, and some that were just given back.
 */
final class KeeperClient {
  private static final int WAIT_MILLIS = 3_000;

  private final Workload workload;
  private final int key;
  private final Random random;
  private final LockCalls calls;

  KeeperClient(Workload workload, Load load, int number, int key) {
    this.workload = workload;
    this.key = key;
    random = new Random(load.seed() * 1_000_003 + number);
    calls = new LockCalls(workload, number, random);
  }

  void run() {
    while (!workload.isOver()) {
      Optional<Operation> grant = calls.acquire(key, 1, longTtl(), WAIT_MILLIS);
      grant.ifPresent(this::keep);
    }
    calls.close();
  }

  private int longTtl() {
    return 30_000 + random.nextInt(30_000);
  }

  private void keep(Operation grant) {
    while (workload.rest((long) (random.nextDouble() * 200 * History.MILLI))) {
      double dice = random.nextDouble();
      if (dice < 0.6) {
        if (calls.verify(grant).deniesLease()) {
          return;
        }
      } else if (dice < 0.75) {
        if (calls.extend(grant, longTtl()).deniesLease()) {
          return;
        }
      } else if (dice < 0.85) {
        calls.exists(key);
      } else {
        break;
      }
    }
    if (calls.release(grant) == Outcome.DONE) {
      workload.rest((long) (random.nextDouble() * 50 * History.MILLI));
      calls.verify(grant);
    }
  }
}
