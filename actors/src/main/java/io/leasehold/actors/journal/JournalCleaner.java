package io.leasehold.actors.journal;

import java.util.concurrent.CompletionStage;

/** Keeps a journal small. Implementations do their work on threads of their own. */
public interface JournalCleaner {
  /**
   * Deletes what a snapshot has made superfluous: events and snapshots of this writer before {@code
   * sequenceNumber}. The event with that number stays, so that the next one is known without the
   * snapshot. A failure leaves rows for the next call.
   */
  CompletionStage<Void> deleteBefore(String persistenceId, long sequenceNumber);
}
