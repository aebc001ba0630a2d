package io.leasehold.app.server;

import io.leasehold.actors.health.DatabaseChecks;
import io.leasehold.actors.journal.DatabaseClaim;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.JournalException;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after what a node takes for granted of its database, every second and unasked: that it is
 * its own, and that the clocks agree. Says what changes. One thread of its own, which may wait for
 * the database.
 */
final class DatabaseWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final DatabaseClaim claim;
  private final JournalDatabase database;
  private final Clock clock;
  private final Consumer<String> onTaken;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var worker = new Thread(task, "leasehold-database-watch");
            worker.setDaemon(true);
            return worker;
          });
  private volatile @Nullable ScheduledFuture<?> looks;
  private volatile BooleanSupplier isMember = () -> false;
  private boolean clocksAgree = true;

  private DatabaseWatch(
      DatabaseClaim claim, JournalDatabase database, Clock clock, Consumer<String> onTaken) {
    this.claim = claim;
    this.database = database;
    this.clock = clock;
    this.onTaken = onTaken;
  }

  /**
   * Starts looking.
   *
   * @param onTaken is told the reason, once, when the database belongs to somebody else: the node
   *     has to end
   */
  static DatabaseWatch start(
      DatabaseClaim claim, JournalDatabase database, Clock clock, Consumer<String> onTaken) {
    var watch = new DatabaseWatch(claim, database, clock, onTaken);
    watch.looks =
        watch.thread.scheduleWithFixedDelay(
            watch::lookOrSayWhy,
            LOOK_EVERY.toMillis(),
            LOOK_EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
    return watch;
  }

  /**
   * Says in the database that a cluster lives, from when on this node is a member of one.
   *
   * @param member whether it is; must not block
   */
  void sayIf(BooleanSupplier member) {
    isMember = member;
  }

  /** Whether this node may found a cluster, since none lives on the database. */
  CompletionStage<Boolean> mayFound() {
    return CompletableFuture.supplyAsync(claim::found, thread);
  }

  private void lookOrSayWhy() {
    try {
      look();
    } catch (RuntimeException e) { // would end the watch without a word
      LOG.error("the database is not looked after: {}", e.toString(), e);
    }
  }

  private void look() {
    switch (claim.renew()) {
      case HELD -> {
        if (isMember.getAsBoolean()) {
          claim.keepMembership();
        }
        compareClocks();
      }
      case LOST -> {} // nothing can be asked
      case TAKEN -> {
        onTaken.accept(
            "database.url: another server took this database while the connection that claims it"
                + " was lost; this node gives up");
        close();
      }
    }
  }

  private void compareClocks() {
    long offset;
    try {
      offset = database.clockOffsetMillis(clock);
    } catch (JournalException e) {
      return; // the next look tells more
    }
    boolean agree = offset <= DatabaseChecks.CLOCK_UNHEALTHY_MILLIS;
    if (agree != clocksAgree) {
      clocksAgree = agree;
      if (agree) {
        LOG.info("clock: it agrees with that of the database again");
      } else {
        LOG.error(
            "clock: it is {} ms off that of the database, at most {} are allowed: set it; not ready"
                + " until then",
            offset,
            DatabaseChecks.CLOCK_UNHEALTHY_MILLIS);
      }
    }
  }

  /** Ends the watch; what it is waiting for is left to its time-out. */
  @Override
  public void close() {
    var next = looks;
    if (next != null) {
      next.cancel(false);
    }
    thread.shutdownNow();
  }
}
