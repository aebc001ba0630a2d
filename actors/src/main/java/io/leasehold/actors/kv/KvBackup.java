package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvScope;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * Makes backups: one shard after another, each as it was at one instant, page by page at the pace
 * of the reader. Safe for any thread.
 */
final class KvBackup {
  /** A shard did not do its part. */
  static final class BackupFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BackupFailed(String message) {
      super(message);
    }
  }

  /**
   * Where a backup is.
   *
   * @param id of the instant of the shard
   * @param from entries of the shard that have been read
   */
  private record At(int shard, long id, int from) {}

  private final ActorSystem<?> system;
  private final ActorRef<KvMessage> region;
  private final int shards;
  private final Duration patience;
  private final Clock clock;
  private final LongSupplier random;

  /**
   * @param region the way to every shard
   * @param patience with a shard, for each page
   * @param random names of instants
   */
  KvBackup(
      ActorSystem<?> system,
      ActorRef<KvMessage> region,
      int shards,
      Duration patience,
      Clock clock,
      LongSupplier random) {
    this.system = system;
    this.region = region;
    this.shards = shards;
    this.patience = patience;
    this.clock = clock;
    this.random = random;
  }

  /** As {@link KvStore#backup}; can be run more than once, each time anew. */
  Source<ByteString, NotUsed> backup(Bytes prefix) {
    return Source.lazySource(() -> lines(prefix))
        .mapMaterializedValue(none -> NotUsed.getInstance());
  }

  private Source<ByteString, NotUsed> lines(Bytes prefix) {
    var lines = new BackupLines();
    var scope = KvScope.ofPrefix(prefix, shards);
    int end = scope.first() + scope.count();
    Source<ByteString, NotUsed> pages =
        Source.unfoldAsync(
                new At(scope.first(), random.getAsLong(), 0),
                at ->
                    at.shard() == end
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : page(at, prefix)
                            .thenApply(page -> Optional.of(Pair.create(behind(at, page), page))))
            .filter(page -> !page.entries().isEmpty())
            .map(page -> ByteString.fromArrayUnsafe(lines.entries(page.entries())));
    Source<ByteString, NotUsed> last =
        Source.single(lines).map(all -> ByteString.fromArrayUnsafe(all.last()));
    // lazily: the last line is made of all before it
    return Source.single(ByteString.fromArrayUnsafe(lines.header(clock.wallMillis(), shards)))
        .concatLazy(pages)
        .concatLazy(last);
  }

  private At behind(At at, KvTransfer.Page page) {
    return page.more()
        ? new At(at.shard(), at.id(), at.from() + page.entries().size())
        : new At(at.shard() + 1, random.getAsLong(), 0);
  }

  private CompletionStage<KvTransfer.Page> page(At at, Bytes prefix) {
    return AskPattern.<KvMessage, KvTransfer.Page>ask(
            region,
            replyTo -> new KvTransfer.Draw(at.shard(), at.id(), prefix, at.from(), replyTo),
            patience,
            system.scheduler())
        .handle(
            (page, failure) -> {
              if (failure instanceof TimeoutException) {
                throw new BackupFailed(
                    "shard " + at.shard() + " has not answered in " + patience.toMillis() + " ms");
              } else if (failure != null) {
                throw new BackupFailed("shard " + at.shard() + ": " + failure.getMessage());
              } else if (page.failure() != null) {
                throw new BackupFailed(page.failure());
              }
              return page;
            });
  }
}
