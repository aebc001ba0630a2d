package io.leasehold.actors.access.account;

import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;

/**
 * What there is in the tables, as was read last: every 30 s, and soon after a change that this node
 * has heard of. Safe for any thread.
 */
public final class AccountFigures extends Collector implements AccessChanges.Listener {
  /** How often it is looked whether to read. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private static final Duration EVERY = Duration.ofSeconds(30);

  /** External instances of the whole cluster, as was read last. */
  public record Externals(long instances, long failed) {}

  private final AccountsDatabase database;
  private final Clock clock;
  private volatile Overview overview = Overview.EMPTY;
  private volatile Externals externals = new Externals(0, 0);
  private volatile boolean changed = true;
  private volatile long readNanos;

  AccountFigures(AccountsDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  Overview overview() {
    return overview;
  }

  /** Never fails its stage: figures stay as they were. */
  CompletionStage<Void> readIfDue() {
    long now = clock.nanos();
    if (!changed && now - readNanos < EVERY.toNanos()) {
      return CompletableFuture.completedFuture(null);
    }
    changed = false; // before the read: a change that comes meanwhile is read the next time
    readNanos = now;
    return database
        .ask(
            handle -> {
              overview = Overview.read(handle);
              externals = externals(handle);
              return null;
            })
        .handle((read, failure) -> null);
  }

  private static Externals externals(Handle handle) {
    return handle
        .createQuery(
            "SELECT count(*) AS instances,"
                + " coalesce(sum(CASE WHEN i.status = 'failed' THEN 1 ELSE 0 END), 0) AS failed"
                + " FROM redis_instances i JOIN organizations o ON o.id = i.organization_id"
                + " WHERE i.type = 'external' AND i.deleted_at IS NULL AND o.deleted_at IS NULL")
        .map((row, context) -> new Externals(row.getLong("instances"), row.getLong("failed")))
        .one();
  }

  Externals externals() {
    return externals;
  }

  @Override
  public void changed(AccessChange change) {
    changed = true;
  }

  @Override
  public void everything() {
    changed = true;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Users.Counts now = overview.counts();
    return List.of(
        gauge("users_total", "Users of the gateway.", now.users()),
        gauge("organizations_total", "Live organizations.", now.organizations()),
        gauge("redis_instances_total", "Live Redis instances.", now.instances()));
  }

  /** A gauge whose name published dashboards fix: with its end it must not call itself one. */
  private static MetricFamilySamples gauge(String name, String help, long value) {
    return new MetricFamilySamples(
        name,
        Type.UNKNOWN,
        help,
        List.of(new MetricFamilySamples.Sample(name, List.of(), List.of(), value)));
  }
}
