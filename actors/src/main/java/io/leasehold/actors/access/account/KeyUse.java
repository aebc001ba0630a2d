package io.leasehold.actors.access.account;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gathers when each key was used last, and writes it in one batch now and then. What was gathered
 * since is lost with the process; of more than 10,000 keys at a time the others are left out. Safe
 * for any thread.
 */
final class KeyUse {
  static final Duration EVERY = Duration.ofSeconds(10);
  private static final int MAX_KEYS = 10_000;

  private record Use(Instant at, String address) {}

  private final AccountsDatabase database;
  private final Clock clock;
  private final ConcurrentHashMap<UUID, Use> uses = new ConcurrentHashMap<>();

  KeyUse(AccountsDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  void used(UUID key, String address) {
    if (uses.size() < MAX_KEYS || uses.containsKey(key)) {
      uses.put(key, new Use(Instant.ofEpochMilli(clock.wallMillis()), address));
    }
  }

  /** Writes what was gathered; it stays gathered if that fails. Never fails its stage. */
  CompletionStage<Void> write() {
    var taken = new HashMap<UUID, Use>();
    uses.forEach(
        (key, use) -> {
          if (uses.remove(key, use)) {
            taken.put(key, use);
          }
        });
    if (taken.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return database
        .ask(
            handle -> {
              var batch =
                  handle.prepareBatch(
                      "UPDATE api_keys SET last_used_at = :at, last_used_ip = :address"
                          + " WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :at)");
              for (Map.Entry<UUID, Use> each : taken.entrySet()) {
                batch
                    .bind("id", each.getKey().toString())
                    .bind("at", Columns.time(each.getValue().at()))
                    .bind("address", each.getValue().address())
                    .add();
              }
              return batch.execute().length;
            })
        .handle(
            (written, failure) -> {
              if (written == null) {
                taken.forEach(uses::putIfAbsent);
              }
              return null;
            });
  }
}
