package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One client in a crowd: reads, writes, compares, counts, and works under a lock for a while. */
final class StoreClient {
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private final StoreWorkload workload;
  private final List<StoreKey> keys;
  private final Random random;
  private final StoreCalls calls;
  private final Map<Integer, Long> versions = new HashMap<>();
  private final int number;
  private int locks;

  StoreClient(StoreWorkload workload, StoreLoad load, HttpClient http, int number) {
    this.workload = workload;
    this.number = number;
    keys = load.keys();
    random = new Random(load.seed() * 1_000_003 + number);
    calls = new StoreCalls(workload, http, number, random);
  }

  void run() {
    while (!workload.isOver()) {
      int key = random.nextInt(keys.size());
      if (keys.get(key).isGuarded()) {
        underLock(key);
      } else {
        once(key, 0);
      }
    }
  }

  private void once(int key, long token) {
    boolean counts = keys.get(key).type() == StoreKey.Type.COUNTER;
    double dice = random.nextDouble();
    if (dice < 0.35) {
      remember(calls.get(key, token));
    } else if (dice < 0.45) {
      remember(calls.delete(key, token));
    } else if (counts) {
      remember(calls.increment(key));
    } else if (dice < 0.7) {
      remember(calls.put(key, token));
    } else {
      remember(calls.cas(key, versions.getOrDefault(key, 0L), token));
    }
  }

  private void remember(StoreOperation operation) {
    if (operation.outcome().isDefinite()) {
      boolean gone = operation.kind() == StoreKind.DELETE;
      versions.put(operation.request().key(), gone ? 0 : operation.version());
    }
  }

  /** Reads first, as a careful holder does; at times it goes on when its lease is long over. */
  private void underLock(int key) {
    List<InetSocketAddress> addresses = workload.lockAddresses();
    if (addresses.isEmpty()) {
      workload.rest(History.MILLI * 20);
      return;
    }
    String lock = keys.get(key).lock();
    int ttl = 300 + random.nextInt(700);
    String head = "\",\"key\":\"" + lock + "\",\"id\":\"";
    String id = number + "-" + locks++;
    try (var wire = new LockWire(addresses.get(random.nextInt(addresses.size())))) {
      JsonNode answer =
          wire.ask(
              "{\"action\":\"acquire"
                  + head
                  + id
                  + "\",\"owner\":\""
                  + id
                  + "\",\"ttl_ms\":"
                  + ttl
                  + ",\"wait_ms\":500}",
              id,
              PATIENCE);
      if (!answer.path("success").booleanValue()) {
        return;
      }
      long token = answer.path("token").longValue();
      work(key, token, ttl);
      String end = id + "-end";
      wire.ask("{\"action\":\"release" + head + end + "\",\"token\":" + token + "}", end, PATIENCE);
    } catch (IOException e) {
      workload.rest(History.MILLI * 20); // the lease runs out
    }
  }

  private void work(int key, long token, int ttl) {
    remember(calls.get(key, token));
    for (int i = random.nextInt(6); i > 0 && !workload.isOver(); i--) {
      once(key, token);
    }
    if (random.nextInt(4) == 0) {
      workload.rest((ttl + random.nextInt(400)) * History.MILLI);
      once(key, token);
      once(key, token);
    }
  }

  /** At the end: what is there. */
  static void readAll(StoreWorkload workload, StoreLoad load, HttpClient http) {
    var calls = new StoreCalls(workload, http, load.clients(), new Random(load.seed()));
    for (int key = 0; key < load.keys().size(); key++) {
      for (int i = 0; i < 200; i++) {
        StoreOutcome outcome = calls.get(key, 0).outcome();
        if (outcome == StoreOutcome.DONE || outcome == StoreOutcome.ABSENT) {
          break;
        }
      }
    }
  }
}
