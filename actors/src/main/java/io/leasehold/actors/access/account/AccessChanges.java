package io.leasehold.actors.access.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what was changed on any node: by messages, which may be lost, and by reading the rows that
 * each change leaves behind, which may not. A row is found by its age on the database's clock, so
 * the order of commits does not matter. Safe for any thread.
 */
final class AccessChanges {
  /** How often the rows are read. */
  static final Duration EVERY = Duration.ofMillis(250);

  /** Without an answer of the database for so long, nobody can say what was revoked. */
  static final Duration STALE = Duration.ofSeconds(30);

  private static final Duration REMEMBERED = Duration.ofMinutes(1);
  private static final int MAX_REMEMBERED = 100_000;
  private static final int MAX_ROWS = 10_000;
  private static final Logger LOG = LoggerFactory.getLogger(AccessChanges.class);

  /** Is told of changes; must return at once. */
  interface Listener {
    void changed(AccessChange change);

    /** So much was changed that it cannot be told one by one. */
    void everything();
  }

  private final AccountsDatabase database;
  private final Clock clock;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Cache<UUID, Boolean> handled;
  private final AtomicBoolean reading = new AtomicBoolean();
  private volatile long heardNanos;

  AccessChanges(AccountsDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
    Ticker ticker = clock::nanos;
    this.handled =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(REMEMBERED)
            .ticker(ticker)
            .build();
    this.heardNanos = clock.nanos();
  }

  Runnable listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Whether what is in memory cannot be believed any more. */
  boolean isStale() {
    return clock.nanos() - heardNanos > STALE.toNanos();
  }

  /** One change, by whichever way it came. */
  void hear(AccessChange change) {
    if (handled.asMap().putIfAbsent(change.id(), true) == null) {
      listeners.forEach(listener -> listener.changed(change));
    }
  }

  /** Reads the rows of late; never fails its stage. Skipped while one is under way. */
  CompletionStage<Void> read() {
    if (!reading.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(null);
    }
    long started = clock.nanos();
    return database
        .ask(AccessChanges::rows)
        .handle(
            (rows, failure) -> {
              reading.set(false);
              if (rows == null) {
                LOG.debug("changes cannot be read: {}", String.valueOf(failure));
                return null;
              }
              heardNanos = started;
              if (rows.size() >= MAX_ROWS) {
                listeners.forEach(Listener::everything);
              }
              rows.forEach(this::hear);
              return null;
            });
  }

  private static List<AccessChange> rows(Handle handle) {
    return handle
        .createQuery(
            "SELECT id, kind, resource_id FROM access_changes"
                + " WHERE created_at > CURRENT_TIMESTAMP - INTERVAL '10' SECOND LIMIT "
                + MAX_ROWS)
        .map(
            (row, context) ->
                new AccessChange(
                    Columns.id(row, "id"),
                    AccessChange.Kind.valueOf(row.getString("kind")),
                    Columns.id(row, "resource_id")))
        .list();
  }

  /** Deletes rows that every node has read long ago. */
  CompletionStage<Void> sweep() {
    return database.ask(
        handle -> {
          handle
              .createUpdate(
                  "DELETE FROM access_changes"
                      + " WHERE created_at < CURRENT_TIMESTAMP - INTERVAL '1' HOUR")
              .execute();
          return null;
        });
  }
}
