package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Draws one page of the store from the pages of its shards, in key order. Each shard is asked for
 * about its share, and for more when the merge has come to the end of that. Its steps follow each
 * other; each may run on another thread.
 */
final class KvLister {
  /** With keys and metadata of full length a message between nodes holds so many entries. */
  private static final int MAX_ASKED = 128;

  private static final long MAX_ASKED_BYTES = 1L << 20;
  private static final long MIN_ASKED_BYTES = 64L << 10;

  /** How far one shard has been listed. */
  private static final class Reader {
    final int shard;
    final List<KvEntry> entries = new ArrayList<>();
    final List<Long> ttls = new ArrayList<>();
    int next;
    boolean more = true;
    @Nullable Bytes behind;

    Reader(int shard, @Nullable Bytes behind) {
      this.shard = shard;
      this.behind = behind;
    }

    boolean isDry() {
      return next == entries.size();
    }

    KvEntry first() {
      return entries.get(next);
    }

    void take(KvAnswer.Drawn drawn) {
      entries.clear();
      ttls.clear();
      next = 0;
      entries.addAll(drawn.page().entries());
      ttls.addAll(drawn.ttlMillis());
      more = drawn.page().more();
      if (!entries.isEmpty()) {
        behind = entries.get(entries.size() - 1).key();
      }
    }
  }

  private static final Comparator<Reader> BY_KEY = Comparator.comparing(each -> each.first().key());

  private final KvCalls calls;
  private final Clock clock;
  private final KvStore.ListQuery query;
  private final boolean stale;
  private final long deadlineNanos;
  private final @Nullable PositionMaker positions;
  private final List<Reader> readers = new ArrayList<>();
  private final PriorityQueue<Reader> merge = new PriorityQueue<>(BY_KEY);
  private final TreeMap<Integer, PositionMaker.Point> points = new TreeMap<>();
  private final List<KvEntry> page = new ArrayList<>();
  private final List<Long> ttls = new ArrayList<>();
  private long bytes;

  private KvLister(
      KvCalls calls,
      Clock clock,
      KvStore.ListQuery query,
      boolean stale,
      long patienceNanos,
      @Nullable PositionMaker positions) {
    this.calls = calls;
    this.clock = clock;
    this.query = query;
    this.stale = stale;
    this.deadlineNanos = clock.nanos() + patienceNanos;
    this.positions = positions;
  }

  /**
   * Starts one listing.
   *
   * @param shards that hold what is wanted
   * @param positions null if no position is wanted
   */
  static CompletionStage<KvStore.Listed> list(
      KvCalls calls,
      Clock clock,
      List<Integer> shards,
      KvStore.ListQuery query,
      boolean stale,
      long patienceNanos,
      @Nullable PositionMaker positions) {
    var lister = new KvLister(calls, clock, query, stale, patienceNanos, positions);
    shards.forEach(shard -> lister.readers.add(new Reader(shard, query.behind())));
    return lister.fill(lister.readers);
  }

  /** Asks these shards for what follows; goes on when all have answered. */
  private CompletionStage<KvStore.Listed> fill(List<Reader> dry) {
    int share = query.limit() / readers.size();
    int limit = Math.min(MAX_ASKED, Math.min(query.limit(), 2 * share + 16));
    long maxBytes =
        Math.min(MAX_ASKED_BYTES, Math.max(MIN_ASKED_BYTES, 4 * query.maxBytes() / readers.size()));
    long left = Math.max(0, deadlineNanos - clock.nanos());
    var answers = new ArrayList<CompletableFuture<KvAnswer.Content>>();
    for (Reader reader : dry) {
      var part =
          new KvListing.Query(query.prefix(), reader.behind, limit, maxBytes, query.keysOnly());
      answers.add(calls.ask(reader.shard, new KvShard.Page(part), stale, left));
    }
    return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
        .thenCompose(all -> filled(dry, answers));
  }

  private CompletionStage<KvStore.Listed> filled(
      List<Reader> dry, List<CompletableFuture<KvAnswer.Content>> answers) {
    for (int i = 0; i < dry.size(); i++) {
      Reader reader = dry.get(i);
      KvAnswer.Content content = answers.get(i).getNow(new KvAnswer.Moved());
      if (!(content instanceof KvAnswer.Drawn drawn)) {
        return CompletableFuture.completedFuture(failed(reader.shard, content));
      }
      points.putIfAbsent(reader.shard, new PositionMaker.Point(drawn.epoch(), drawn.revision()));
      reader.take(drawn);
      if (!reader.isDry()) {
        merge.add(reader);
      }
    }
    return merged();
  }

  private static KvStore.Listed failed(int shard, KvAnswer.Content content) {
    var why = "shard " + shard + " did not answer";
    if (content instanceof KvAnswer.Failed failed) {
      if (failed.why() instanceof KvResult.Unavailable unavailable) {
        why = unavailable.message();
      } else if (failed.why() instanceof KvResult.Overloaded overloaded) {
        why = overloaded.message();
      }
    }
    return new KvStore.Listed(
        List.of(), List.of(), false, null, new KvResult.Unavailable(why, false));
  }

  /** Takes entries while the next one is known: that is, while no shard is dry and has more. */
  private CompletionStage<KvStore.Listed> merged() {
    for (Reader reader = merge.poll(); reader != null; reader = merge.poll()) {
      KvEntry entry = reader.first();
      bytes += query.keysOnly() ? 0 : entry.value().size();
      if (page.size() == query.limit() || (bytes > query.maxBytes() && !page.isEmpty())) {
        return CompletableFuture.completedFuture(listed(true));
      }
      page.add(entry);
      ttls.add(reader.ttls.get(reader.next++));
      if (!reader.isDry()) {
        merge.add(reader);
      } else if (reader.more) {
        // what follows in it may come before everything else
        return page.size() == query.limit()
            ? CompletableFuture.completedFuture(listed(true))
            : fill(List.of(reader));
      }
    }
    return CompletableFuture.completedFuture(listed(false));
  }

  private KvStore.Listed listed(boolean more) {
    var position = positions == null ? null : positions.position(query.prefix(), points);
    return new KvStore.Listed(List.copyOf(page), List.copyOf(ttls), more, position, null);
  }
}
