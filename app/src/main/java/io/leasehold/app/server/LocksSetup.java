package io.leasehold.app.server;

import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.lock.TokenSource;
import io.leasehold.actors.metrics.LockMeter;
import io.leasehold.config.Settings;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** Starts the locks of a node. */
record LocksSetup(Settings settings, LockCapacity capacity, LockMeter meter, Clock clock) {
  /**
   * @param dataDir where tokens are counted that no database counts
   * @param database null with memory durability
   */
  LockService start(
      ActorSystem<Void> actors,
      Path dataDir,
      @Nullable JournalDatabase database,
      JournalMetrics metrics)
      throws StartException {
    var lock = settings.lock();
    var setup =
        new LockService.Setup(
            settings.partitions(), lock.maxWaiters(), lock.idleLinger(), lock.cleanupInterval());
    if (database == null) {
      return LockService.inMemory(actors, setup, clock, capacity, meter, tokens(dataDir));
    }
    var durable = new LockService.Durable(metrics, database, lock.journal().snapshotChanges());
    return LockService.durable(actors, setup, clock, capacity, meter, durable);
  }

  private TokenSource tokens(Path dataDir) throws StartException {
    try {
      return new TokenSource(
          dataDir.resolve("tokens"), clock, task -> new Thread(task, "leasehold-tokens").start());
    } catch (IOException e) {
      throw new StartException("data-dir = " + dataDir + ": cannot be used (" + e + ")", e);
    }
  }
}
