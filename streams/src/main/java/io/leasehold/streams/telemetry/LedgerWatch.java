package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.time.Clock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the balance of the ledger at quiet moments: when all terms have stayed the same for 10 ms.
 * Looked at by one thread at a time; read by any.
 */
final class LedgerWatch {
  private static final long QUIET_NANOS = 10_000_000;

  private final Supplier<Ledger> ledger;
  private final Clock clock;
  private @Nullable Ledger before;
  private long since;
  private volatile long imbalance;

  LedgerWatch(Supplier<Ledger> ledger, Clock clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  synchronized void look() {
    Ledger now = ledger.get();
    long nanos = clock.nanos();
    if (!now.equals(before)) {
      before = now;
      since = nanos;
    } else if (nanos - since >= QUIET_NANOS) {
      imbalance = now.imbalance();
    }
  }

  /** What was missing at the last quiet moment; 0 before the first. */
  long imbalance() {
    return imbalance;
  }
}
