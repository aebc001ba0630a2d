package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * MULTI, commands, EXEC by a connection that nobody else uses. The commands go out when MULTI is
 * answered: where it is refused, they would be run one by one. Confined to its connection.
 */
final class Transaction {
  private static final List<List<Bytes>> MULTI = List.of(List.of(Bytes.utf8("MULTI")));
  private static final List<Bytes> EXEC = List.of(Bytes.utf8("EXEC"));

  private final Link link;
  private final Deadlines deadlines;
  private final Asked.Watch watch;

  /**
   * @param watch is told of all but the MULTI that it is gone
   */
  Transaction(Link link, Deadlines deadlines, Asked.Watch watch) {
    this.link = link;
    this.deadlines = deadlines;
    this.watch = watch;
  }

  CompletionStage<Outcome> run(List<List<Bytes>> commands, Duration patience) {
    var first =
        new Asked.Watch() {
          @Override
          public void answered() {
            watch.answered();
          }

          @Override
          public void late(Duration waited) {
            watch.late(waited);
          }

          @Override
          public void gone() {
            // the commands are still to come
          }
        };
    return Batch.send(link, MULTI, patience, deadlines, first)
        .thenCompose(begun -> begun(begun.get(0), commands, patience));
  }

  private CompletionStage<Outcome> begun(
      Outcome begun, List<List<Bytes>> commands, Duration patience) {
    if (!(begun instanceof Outcome.Replied replied)) {
      link.close();
      watch.gone();
      return CompletableFuture.completedFuture(
          new Outcome.Unavailable("it did not begin a transaction in time", false));
    }
    if (replied.reply() instanceof Reply.Failure) {
      watch.gone();
      return CompletableFuture.completedFuture(replied);
    }
    var all = new ArrayList<>(commands);
    all.add(EXEC);
    return Batch.send(link, all, patience, deadlines, watch).thenApply(this::ended);
  }

  private Outcome ended(List<Outcome> outcomes) {
    for (Outcome each : outcomes) {
      if (!(each instanceof Outcome.Replied)) {
        link.close(); // nobody knows in what state it is
        return each;
      }
    }
    Outcome last = outcomes.get(outcomes.size() - 1);
    if (last instanceof Outcome.Replied exec && exec.reply() instanceof Reply.Array) {
      return exec;
    }
    for (int i = 0; i < outcomes.size() - 1; i++) {
      if (outcomes.get(i) instanceof Outcome.Replied queued
          && queued.reply() instanceof Reply.Failure why) {
        return new Outcome.Replied(
            new Reply.Failure(
                "EXECABORT Transaction discarded because of previous errors. (command "
                    + (i + 1)
                    + ": "
                    + why.text()
                    + ")"));
      }
    }
    return last instanceof Outcome.Replied exec && exec.reply() instanceof Reply.Failure
        ? exec
        : new Outcome.Replied(new Reply.Failure("ERR the transaction was not run"));
  }
}
