package io.leasehold.actors.access.account;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Instances as their rows say; up to 10,000 are kept in memory until something about them is
 * changed. Safe for any thread.
 */
final class DatabaseInstanceDirectory implements InstanceDirectory, AccessChanges.Listener {
  private static final Duration MISS = Duration.ofSeconds(5);
  private static final int MAX_INSTANCES = 10_000;
  private static final String AWAY = "the database of the instances does not answer";

  private final AccountsDatabase database;
  private final AccessChanges changes;
  private final AsyncCache<UUID, Optional<Instance>> byId;
  private final List<Consumer<UUID>> listeners = new CopyOnWriteArrayList<>();

  DatabaseInstanceDirectory(AccountsDatabase database, AccessChanges changes, Clock clock) {
    this.database = database;
    this.changes = changes;
    Ticker ticker = clock::nanos;
    this.byId =
        Caffeine.newBuilder()
            .maximumSize(MAX_INSTANCES)
            .expireAfter(
                Expiry.<UUID, Optional<Instance>>creating(
                    (id, found) -> found.isPresent() ? Duration.ofDays(365) : MISS))
            .ticker(ticker)
            .buildAsync();
    changes.listen(this);
  }

  @Override
  public CompletionStage<Found> find(UUID id) {
    if (changes.isStale()) {
      return CompletableFuture.completedFuture(new Found.Unavailable(AWAY));
    }
    return byId.get(
            id,
            (wanted, executor) ->
                database.ask(handle -> Instance.byId(handle, wanted)).toCompletableFuture())
        .handle(
            (found, failure) ->
                found == null
                    ? new Found.Unavailable(AWAY)
                    : found
                        .<Found>map(
                            row ->
                                new Found.Embedded(row.id(), row.organization(), row.maxMemory()))
                        .orElseGet(Found.Missing::new));
  }

  @Override
  public Runnable onChange(Consumer<UUID> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public void changed(AccessChange change) {
    UUID id = change.resource();
    switch (change.kind()) {
      case INSTANCE -> {
        byId.synchronous().invalidate(id);
        tell(id);
      }
      case ORGANIZATION -> forget(instance -> instance.organization().equals(id));
      case API_KEY, USER -> {}
    }
  }

  @Override
  public void everything() {
    forget(instance -> true);
  }

  /** What is being read may be older than the change: whoever asks next reads it again. */
  private void forget(Predicate<Instance> which) {
    byId.asMap().values().removeIf(found -> !found.isDone());
    byId.synchronous()
        .asMap()
        .forEach(
            (id, found) ->
                found
                    .filter(which)
                    .ifPresent(
                        instance -> {
                          byId.synchronous().invalidate(id);
                          tell(id);
                        }));
  }

  private void tell(UUID instance) {
    listeners.forEach(listener -> listener.accept(instance));
  }
}
