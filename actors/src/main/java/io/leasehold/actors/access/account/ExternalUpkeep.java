package io.leasehold.actors.access.account;

import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about external instances now and then: each is asked how it is, and passwords that
 * an older key sealed are sealed anew. Safe for any thread.
 */
public final class ExternalUpkeep {
  private static final int AT_ONCE = 16;
  private static final int MAX_INSTANCES = 10_000;
  private static final int RESEALED_AT_ONCE = 100;
  private static final Logger LOG = LoggerFactory.getLogger(ExternalUpkeep.class);

  private final AccountsDatabase database;
  private final ExternalGate gate;
  private final PasswordSeal seal;
  private final Executor executor;
  private final Clock clock;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * @param executor goes on with what comes back
   */
  ExternalUpkeep(
      AccountsDatabase database,
      ExternalGate gate,
      PasswordSeal seal,
      Executor executor,
      Clock clock) {
    this.database = database;
    this.gate = gate;
    this.seal = seal;
    this.executor = executor;
    this.clock = clock;
  }

  /**
   * Checks all external instances, {@value #AT_ONCE} at a time, and keeps what came of it. Never
   * fails its stage; skipped while one is under way.
   */
  public CompletionStage<Void> check() {
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(null);
    }
    return database
        .ask(ExternalUpkeep::instances)
        .thenCompose(this::checkAll)
        .handle(
            (checked, failure) -> {
              busy.set(false);
              if (failure != null) {
                LOG.warn("external instances are not checked: {}", failure.toString());
              }
              return null;
            });
  }

  private static List<Instance> instances(Handle handle) {
    return handle
        .createQuery(
            "SELECT i.* FROM redis_instances i JOIN organizations o ON o.id = i.organization_id"
                + " WHERE i.type = 'external' AND i.deleted_at IS NULL AND o.deleted_at IS NULL"
                + " ORDER BY i.last_health_check_at NULLS FIRST LIMIT "
                + MAX_INSTANCES)
        .map((row, context) -> Instance.of(row))
        .list();
  }

  private CompletionStage<Void> checkAll(List<Instance> instances) {
    var queue = new ConcurrentLinkedQueue<Instance>(instances);
    var lanes = new CompletableFuture<?>[Math.min(AT_ONCE, instances.size())];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = lane(queue).toCompletableFuture();
    }
    return CompletableFuture.allOf(lanes);
  }

  /** One after another, until none is left. */
  private CompletionStage<Void> lane(Queue<Instance> queue) {
    Instance next = queue.poll();
    ExternalRedis where = next == null ? null : next.external();
    if (next == null || where == null) {
      return CompletableFuture.completedFuture(null);
    }
    return gate.check(where)
        .thenCompose(found -> keep(next, found))
        .handleAsync((kept, failure) -> failure, executor) // no deep stack of those done at once
        .thenCompose(
            failure -> {
              if (failure != null) {
                LOG.warn("the check of {} is not kept: {}", where, failure.toString());
              }
              return lane(queue);
            });
  }

  private CompletionStage<Void> keep(Instance instance, InstanceCheck.Found found) {
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    return database.ask(
        handle -> {
          instance.checked(handle, found, now);
          return null;
        });
  }

  private record Sealed(UUID instance, String password) {}

  /** Seals passwords with the first key that another one sealed. Never fails its stage. */
  CompletionStage<Void> reseal() {
    if (!seal.canSeal()) {
      return CompletableFuture.completedFuture(null);
    }
    return database
        .<Void>ask(
            handle -> {
              old(handle).forEach(each -> reseal(handle, each));
              return null;
            })
        .exceptionally(
            failure -> {
              LOG.warn("passwords are not sealed anew: {}", failure.toString());
              return null;
            });
  }

  private List<Sealed> old(Handle handle) {
    String prefix = seal.prefix();
    return handle
        .createQuery(
            "SELECT id, password_enc FROM redis_instances WHERE password_enc IS NOT NULL"
                + " AND LEFT(password_enc, :length) <> :prefix LIMIT "
                + RESEALED_AT_ONCE)
        .bind("length", prefix.length())
        .bind("prefix", prefix)
        .map((row, context) -> new Sealed(Columns.id(row, "id"), row.getString("password_enc")))
        .list();
  }

  private void reseal(Handle handle, Sealed old) {
    try {
      String password = seal.open(old.instance(), old.password());
      handle
          .createUpdate(
              "UPDATE redis_instances SET password_enc = :new"
                  + " WHERE id = :id AND password_enc = :old")
          .bind("id", old.instance().toString())
          .bind("old", old.password())
          .bind("new", seal.seal(old.instance(), password))
          .execute();
    } catch (PasswordSeal.Sealed e) {
      LOG.warn("instance {}: {}", old.instance(), String.valueOf(e.getMessage()));
    }
  }
}
