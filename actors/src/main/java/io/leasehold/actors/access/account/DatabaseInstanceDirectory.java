package io.leasehold.actors.access.account;

import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.async.AtOnce;
import io.leasehold.domain.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Instances as their rows say. Safe for any thread. */
final class DatabaseInstanceDirectory implements InstanceDirectory, AccessChanges.Listener {
  private static final String AWAY = "the database of the instances does not answer";

  private final AccessChanges changes;
  private final KeptRows<UUID, Instance> byId;

  DatabaseInstanceDirectory(AccountsDatabase database, AccessChanges changes, Clock clock) {
    this.changes = changes;
    this.byId =
        new KeptRows<>(
            id -> database.ask(handle -> Instance.byId(handle, id)), Instance::id, clock);
    changes.listen(this);
  }

  @Override
  public CompletionStage<Found> find(UUID id) {
    if (changes.isStale()) {
      return CompletableFuture.completedFuture(new Found.Unavailable(AWAY));
    }
    CompletableFuture<Optional<Instance>> kept = byId.ifKept(id);
    return kept != null && AtOnce.isThere(kept)
        ? AtOnce.map(kept, DatabaseInstanceDirectory::found)
        : byId.get(id)
            .handle((found, failure) -> found == null ? new Found.Unavailable(AWAY) : found(found));
  }

  private static Found found(Optional<Instance> row) {
    return row.map(DatabaseInstanceDirectory::found).orElseGet(Found.Missing::new);
  }

  private static Found found(Instance row) {
    ExternalRedis where = row.external();
    return where == null
        ? new Found.Embedded(row.id(), row.organization(), row.maxMemory())
        : new Found.External(row.id(), row.organization(), where);
  }

  @Override
  public Runnable onChange(Consumer<UUID> listener) {
    return byId.onChange(listener);
  }

  @Override
  public void changed(AccessChange change) {
    UUID id = change.resource();
    switch (change.kind()) {
      case INSTANCE -> {
        byId.drop(id);
        byId.tell(id);
      }
      case ORGANIZATION -> forget(instance -> instance.organization().equals(id));
      case API_KEY, USER -> {}
    }
  }

  @Override
  public void everything() {
    forget(instance -> true);
  }

  private void forget(Predicate<Instance> which) {
    byId.forget(which).forEach(byId::tell);
  }
}
