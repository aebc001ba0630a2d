package io.leasehold.app.server;

import io.leasehold.actors.journal.DatabaseNumbers;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.SnapshotPolicy;
import io.leasehold.actors.kv.KvService;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.actors.metrics.KvMeter;
import io.leasehold.config.Settings;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.time.Clock;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** Starts the key-value store of a node as it is set up. */
final class StoreSetup implements AutoCloseable {
  private final Settings settings;
  private final Clock clock;
  private @Nullable DatabaseNumbers numbers;

  StoreSetup(Settings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Starts it.
   *
   * @param database null with memory durability
   */
  KvService start(
      ActorSystem<?> actors,
      LockService locks,
      KvMeter meter,
      JournalMeter journals,
      @Nullable JournalDatabase database) {
    KvSettings kv = settings.kv();
    var setup =
        new KvService.Setup(
            kv.shards(),
            kv.maxShardBytes(),
            kv.maxBytes() == 0 ? Runtime.getRuntime().maxMemory() / 2 : kv.maxBytes(),
            kv.fence().maxMarks(),
            kv.fence().verify() == KvSettings.Verify.ISSUED,
            new KvImage.HistoryBounds(kv.watch().historyEvents(), kv.watch().historyBytes()),
            kv.requestTimeout());
    if (database == null) {
      return KvService.inMemory(actors, setup, clock, locks, meter);
    }
    var board =
        new JournalBoard(
            journals.of(JournalMeter.Kind.KV),
            database,
            new SnapshotPolicy(kv.snapshotChanges(), kv.snapshotBytes()));
    return KvService.durable(
        actors, setup, clock, locks, meter, new KvService.Durable(board, lease(database)));
  }

  /** Null where the database belongs to one process: nobody else can own a shard. */
  private KvService.@Nullable ReadLease lease(JournalDatabase database) {
    if (!settings.cluster().isShared() || settings.database().isH2()) {
      return null;
    }
    var opened = new DatabaseNumbers(database.dataSource());
    numbers = opened;
    return new KvService.ReadLease(settings.kv().readLease(), opened);
  }

  @Override
  public void close() {
    if (numbers != null) {
      numbers.close();
    }
  }
}
