package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvPage;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.apache.pekko.util.ByteString;

/** The real rules of the shards on plain memory, without actors, journal and nodes. */
final class MemoryStore implements KvStore {
  static final String END = "{\"end\":true";

  /** Answers the next operation in place of the rules. */
  final AtomicReference<KvResult> forced = new AtomicReference<>();

  /** Where the last restored file stood. */
  final AtomicReference<Path> spooled = new AtomicReference<>();

  volatile boolean silent;
  volatile boolean unavailableRestore;
  volatile int maxWatchers = 100;

  private record Watcher(WatchQuery query, SourceQueueWithComplete<WatchEvent> queue) {}

  private final List<KvImage> images = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final KvGroup.Rules rules;
  private final KvCapacity capacity;
  private final KvTime.Source time;

  MemoryStore(int shards, long maxShardBytes, Clock clock) {
    for (int i = 0; i < shards; i++) {
      images.add(new KvImage(new KvImage.HistoryBounds(1_000, 1 << 20)));
    }
    this.rules = new KvGroup.Rules(maxShardBytes, new KvMarks.Rules(100, false, lock -> 0));
    this.capacity = new KvCapacity(1L << 30);
    this.time = new KvTime.Source(clock);
  }

  private static <T> CompletionStage<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }

  @Override
  public CompletionStage<KvResult> run(KvOperation operation, Caller caller) {
    return done(now(operation));
  }

  private synchronized KvResult now(KvOperation operation) {
    KvResult instead = forced.getAndSet(null);
    if (instead != null) {
      return instead;
    }
    int shard = KvKeys.shardOf(operation.key(), images.size());
    KvImage image = images.get(shard);
    var group = new KvGroup(image, time.now(), rules, capacity);
    KvResult result = group.run(operation, KvMarks.Proof.NOT_ASKED);
    for (KvChange change : group.changes()) {
      image.apply(change);
      tell(shard, change);
    }
    return result;
  }

  private void tell(int shard, KvChange change) {
    Bytes key = change.watchedKey();
    if (key == null) {
      return;
    }
    for (Watcher watcher : watchers) {
      WatchQuery query = watcher.query();
      boolean wanted =
          query.key() == null ? key.startsWith(query.prefix()) : key.equals(query.key());
      EventKind kind =
          change instanceof KvChange.Removed removed
              ? removed.expired() ? EventKind.EXPIRE : EventKind.DELETE
              : EventKind.PUT;
      if (wanted && query.kinds().contains(kind)) {
        watcher.queue().offer(event(shard, change, query.values()));
      }
    }
  }

  private static WatchEvent event(int shard, KvChange change, boolean values) {
    String position = "at-" + change.revision();
    if (change instanceof KvChange.Written written) {
      KvEntry entry = written.entry();
      return new WatchEvent.Put(
          entry.key(),
          shard,
          entry.version(),
          written.created(),
          entry.expiresAtMillis(),
          values ? entry.value() : null,
          position);
    }
    var removed = (KvChange.Removed) change;
    return new WatchEvent.Gone(
        removed.key(), shard, removed.revision(), removed.expired(), position);
  }

  /** Sends the same to all watchers. */
  synchronized void tellAll(WatchEvent event, boolean last) {
    for (Watcher watcher : watchers) {
      watcher.queue().offer(event);
      if (last) {
        watcher.queue().complete();
      }
    }
  }

  synchronized int watcherCount() {
    return watchers.size();
  }

  @Override
  public CompletionStage<List<KvResult>> runAll(List<KvOperation> operations, Caller caller) {
    return done(operations.stream().map(this::now).toList());
  }

  @Override
  public synchronized CompletionStage<Listed> list(ListQuery query, Caller caller) {
    if (silent) {
      var failure = new KvResult.Unavailable("shard 3 does not answer", false);
      return done(new Listed(List.of(), List.of(), false, null, failure));
    }
    long now = time.now().shardMillis();
    var entries = new ArrayList<KvEntry>();
    boolean more = false;
    for (KvImage image : images) {
      KvPage page =
          KvListing.page(
              image,
              new KvListing.Query(
                  query.prefix(),
                  query.behind(),
                  query.limit(),
                  query.maxBytes(),
                  query.keysOnly()),
              now);
      entries.addAll(page.entries());
      more |= page.more();
    }
    entries.sort(Comparator.comparing(KvEntry::key));
    if (entries.size() > query.limit()) {
      more = true;
      entries.subList(query.limit(), entries.size()).clear();
    }
    List<Long> ttls = entries.stream().map(entry -> entry.ttlMillis(now)).toList();
    String position = query.wantsPosition() ? "3f2a.AAE" : null;
    return done(new Listed(List.copyOf(entries), ttls, more, position, null));
  }

  @Override
  public synchronized Watch watch(WatchQuery query) {
    if (watchers.size() >= maxWatchers) {
      return new Watch(null, WatchRefusal.TOO_MANY_WATCHERS);
    }
    String position = query.position();
    if (position != null && !position.startsWith("at-") && !position.equals("3f2a.AAE")) {
      return new Watch(null, WatchRefusal.INVALID_POSITION);
    }
    Source<List<WatchEvent>, NotUsed> events =
        Source.<WatchEvent>queue(1_000, OverflowStrategy.fail())
            .mapMaterializedValue(
                queue -> {
                  begin(query, queue);
                  return NotUsed.getInstance();
                })
            .map(List::of);
    return new Watch(events, null);
  }

  private synchronized void begin(WatchQuery query, SourceQueueWithComplete<WatchEvent> queue) {
    queue.offer(new WatchEvent.Ready(images.size(), "at-0"));
    watchers.add(new Watcher(query, queue));
  }

  @Override
  public Source<ByteString, NotUsed> backup(Bytes prefix) {
    if (silent) {
      return Source.single(ByteString.fromString("{\"format\":\"leasehold-kv\"}\n"))
          .concat(Source.failed(new IllegalStateException("shard 3 does not answer")));
    }
    return Source.from(
        List.of(
            ByteString.fromString("{\"format\":\"leasehold-kv\"}\n"),
            ByteString.fromString("{\"key\":\"" + prefix + "1\"}\n"),
            ByteString.fromString(END + ",\"entries\":1}\n")));
  }

  @Override
  public CompletionStage<Restored> restore(Path file, RestoreMode mode, Caller caller) {
    spooled.set(file);
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.isEmpty() || !lines.get(lines.size() - 1).startsWith(END)) {
        return done(new Restored(0, 0, 0, 0, "the last line is missing", null));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return done(
        unavailableRestore
            ? new Restored(5, 0, 0, 1_000, null, "shard 3 does not answer")
            : new Restored(990, 8, 2, 1_000, null, null));
  }

  @Override
  public synchronized CompletionStage<Optional<List<Mark>>> fenceMarks(String lock) {
    if (silent) {
      return done(Optional.empty());
    }
    var marks = new ArrayList<Mark>();
    for (int i = 0; i < images.size(); i++) {
      Long token = images.get(i).marks().tokens().get(lock);
      if (token != null) {
        marks.add(new Mark(i, token));
      }
    }
    return done(Optional.of(marks));
  }

  @Override
  public synchronized CompletionStage<Optional<Integer>> forgetFence(String lock) {
    if (silent) {
      return done(Optional.empty());
    }
    int forgotten = 0;
    for (KvImage image : images) {
      if (image.marks().tokens().containsKey(lock)) {
        image.apply(new KvChange.MarkForgotten(lock));
        forgotten++;
      }
    }
    return done(Optional.of(forgotten));
  }

  @Override
  public synchronized CompletionStage<Stats> stats() {
    var shards = new ArrayList<ShardStats>();
    for (int i = 0; i < images.size(); i++) {
      KvImage image = images.get(i);
      shards.add(
          new ShardStats(
              i,
              "10.0.0.1:25520",
              image.entries().size(),
              image.expiring(),
              image.sizeBytes(),
              image.revision(),
              0,
              image.marks().size(),
              0,
              0));
    }
    return done(new Stats(shards, silent ? 1 : 0, watchers.size()));
  }

  @Override
  public int shards() {
    return images.size();
  }
}
