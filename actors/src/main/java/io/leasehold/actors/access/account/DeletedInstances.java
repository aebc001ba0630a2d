package io.leasehold.actors.access.account;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what deleted embedded instances held, now and then, until it is gone. Every node of a
 * cluster does so; removing twice does no harm. Safe for any thread.
 */
final class DeletedInstances {
  static final Duration EVERY = Duration.ofSeconds(20);

  /** A node without the database serves what it knows for 30 s, a batch may last as long again. */
  static final Duration REST = Duration.ofSeconds(90);

  private static final int AT_ONCE = 16;
  private static final Logger LOG = LoggerFactory.getLogger(DeletedInstances.class);

  private final AccountsDatabase database;
  private final Function<UUID, CompletionStage<Boolean>> drop;
  private final Clock clock;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * @param drop removes all that an instance holds; says whether that is committed
   */
  DeletedInstances(
      AccountsDatabase database, Function<UUID, CompletionStage<Boolean>> drop, Clock clock) {
    this.database = database;
    this.drop = drop;
    this.clock = clock;
  }

  /** Begins with those that were deleted first. Never fails its stage. */
  CompletionStage<Void> drop() {
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(null);
    }
    return due()
        .thenCompose(this::dropAll)
        .handle(
            (dropped, failure) -> {
              busy.set(false);
              if (failure != null) {
                LOG.warn("deleted instances are not removed: {}", failure.toString());
              }
              return null;
            });
  }

  private CompletionStage<List<UUID>> due() {
    Instant before = Instant.ofEpochMilli(clock.wallMillis()).minus(REST);
    return database.ask(
        handle ->
            handle
                .createQuery(
                    "SELECT id FROM redis_instances WHERE type = 'embedded' AND dropped_at IS NULL"
                        + " AND deleted_at < :before ORDER BY deleted_at LIMIT "
                        + AT_ONCE)
                .bind("before", Columns.time(before))
                .map((row, at) -> UUID.fromString(row.getString(1)))
                .list());
  }

  private CompletionStage<Void> dropAll(List<UUID> ids) {
    CompletionStage<Void> all = CompletableFuture.completedFuture(null);
    for (UUID each : ids) {
      all = all.thenCompose(before -> drop.apply(each).thenCompose(done -> note(each, done)));
    }
    return all;
  }

  private CompletionStage<Void> note(UUID id, boolean done) {
    if (!done) {
      return CompletableFuture.completedFuture(null); // its shard is away: the next time
    }
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    return database.ask(
        handle -> {
          handle
              .createUpdate("UPDATE redis_instances SET dropped_at = :now WHERE id = :id")
              .bind("now", Columns.time(now))
              .bind("id", id.toString())
              .execute();
          return null;
        });
  }
}
