package io.leasehold.config.lock;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;

/**
 * How a partition's journal is kept small. Immutable.
 *
 * @param snapshotChanges changes between two snapshots, 1..10,000,000
 */
public record JournalSettings(int snapshotChanges) {
  public JournalSettings {
    Checks.of("lock.journal").within("snapshot-changes", snapshotChanges, 1, 10_000_000).done();
  }

  static JournalSettings from(Values values) {
    return new JournalSettings(values.integer("lock.journal.snapshot-changes"));
  }
}
