package io.leasehold.actors.access.account;

import io.leasehold.domain.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Does what is asked for in one transaction with its line of the audit log, and tells all nodes
 * afterwards. Safe for any thread.
 */
final class Desk {
  private final AccountsDatabase database;
  private final Consumer<AccessChange> publish;
  private final Clock clock;

  /**
   * @param publish is told of each change after its commit
   */
  Desk(AccountsDatabase database, Consumer<AccessChange> publish, Clock clock) {
    this.database = database;
    this.publish = publish;
    this.clock = clock;
  }

  Instant now() {
    return Instant.ofEpochMilli(clock.wallMillis());
  }

  /** Only reads, and leaves nothing in the audit log. */
  <T> CompletionStage<Outcome<T>> read(AccountsDatabase.Work<T> work) {
    return database.run(work);
  }

  /** What is done for one request. */
  interface Work<T> {
    Outcome<T> run(Transaction transaction);
  }

  <T> CompletionStage<Outcome<T>> run(Requester requester, Action action, Work<T> work) {
    var changes = new CopyOnWriteArrayList<AccessChange>(); // written before it is read
    return database
        .<T>run(
            handle -> {
              var transaction = new Transaction(handle, now(), requester);
              Outcome<T> outcome = work.run(transaction);
              transaction.audit(action, outcome);
              changes.addAll(transaction.changes());
              return outcome;
            })
        .thenApply(
            outcome -> {
              if (outcome instanceof Outcome.Done<?>) {
                changes.forEach(publish);
              }
              return outcome;
            });
  }
}
