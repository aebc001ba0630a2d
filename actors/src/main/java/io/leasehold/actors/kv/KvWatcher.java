package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvNews.GapReason;
import io.leasehold.actors.kv.KvStore.EventKind;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvHistory;
import io.leasehold.domain.kv.KvPosition;
import io.leasehold.domain.kv.KvScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One watcher, as the hub of its node has it: up to where it has been told of each shard, and what
 * waits for it. Confined to the hub.
 *
 * <p>What waits is bounded. When that bound is reached the watcher <em>lags</em>: it takes nothing
 * more from any shard until its reader has taken what waits, and then catches up from the histories
 * of the hub. What they do not have any more becomes a gap.
 */
final class KvWatcher {
  /**
   * What the reader is given at a time.
   *
   * @param upTo where the watch stands with the last of the news, if nothing else waits; null if
   *     something does
   * @param over nothing follows: the node stops
   */
  record Batch(List<KvNews> news, @Nullable KvPosition upTo, boolean over) {}

  /**
   * What is watched, and by whom.
   *
   * @param reader may be called by any thread
   * @param failure how the reader is told that the hub has failed; the same
   */
  record Order(
      KvScope scope,
      Set<EventKind> kinds,
      boolean values,
      @Nullable KvPosition position,
      Consumer<Batch> reader,
      Consumer<Throwable> failure) {}

  /** News given to the reader at a time: few, since nothing counts them any more. */
  private static final int BATCH = 128;

  private static final long NOT_JOINED = -1;

  private final Order order;
  private final int maxEvents;
  private final long maxBytes;
  private final Consumer<GapReason> gaps;
  private final int first;
  private final int[] tags;
  private final long[] cursors;
  private final int[] doubts;
  private final @Nullable KvNews[] missed;
  private final ArrayDeque<KvNews> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private int unknown;
  private boolean begun;
  private boolean lags;
  private int resumeAt;
  private boolean wanted;

  /**
   * @param maxEvents that may wait
   * @param maxBytes of them, accounted
   */
  KvWatcher(Order order, int maxEvents, long maxBytes, Consumer<GapReason> gaps) {
    this.order = order;
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.gaps = gaps;
    this.first = order.scope().first();
    int count = order.scope().count();
    KvPosition position = order.position();
    this.tags = position == null ? new int[count] : position.tags();
    this.cursors = new long[count];
    this.doubts = new int[count];
    this.missed = new KvNews[count];
    Arrays.fill(cursors, NOT_JOINED);
    this.unknown = position == null ? count : 0;
    if (position != null) {
      begin(position);
    }
  }

  private void begin(KvPosition at) {
    begun = true;
    add(new KvNews.Joined(at));
  }

  int first() {
    return first;
  }

  int count() {
    return cursors.length;
  }

  Order order() {
    return order;
  }

  /** Where it left off in a shard; null = it wants what comes from now on. */
  @Nullable Long resumesBehind(int shard) {
    var position = order.position();
    return position == null ? null : position.revisions()[shard - first];
  }

  int tag(int shard) {
    return tags[shard - first];
  }

  /** From here on it takes what comes behind a revision of a shard. */
  void join(int shard, int tag, long revision) {
    tags[shard - first] = tag;
    cursors[shard - first] = revision;
    if (!begun && --unknown == 0) {
      begin(KvPosition.of(tags, cursors));
    }
  }

  /**
   * Takes committed changes of a shard, oldest first.
   *
   * @param behind the revision before the first of them
   */
  void offer(int shard, long behind, List<KvChange> changes) {
    int i = shard - first;
    if (cursors[i] == NOT_JOINED || lags) {
      return;
    } else if (!begun) {
      cursors[i] = changes.isEmpty() ? behind : changes.get(changes.size() - 1).revision();
    } else if (cursors[i] == behind) {
      take(shard, changes);
    } else {
      lag(shard); // never seen; if it were, the history says what is between
    }
  }

  /** Takes until there is no room; false = it lags now. */
  private boolean take(int shard, List<KvChange> changes) {
    for (KvChange change : changes) {
      Bytes key = change.watchedKey();
      EventKind kind = KvNews.kindOf(change);
      if (key != null
          && kind != null
          && order.scope().matches(key)
          && order.kinds().contains(kind)) {
        if (!hasRoom()) {
          lag(shard);
          return false;
        }
        add(KvNews.of(shard, kind, key, change, order.values()));
      }
      cursors[shard - first] = change.revision();
    }
    return true;
  }

  private boolean hasRoom() {
    return waiting.isEmpty() || (waiting.size() < maxEvents && waitingBytes < maxBytes);
  }

  private void lag(int shard) {
    if (!lags) {
      lags = true;
      resumeAt = shard; // what was begun there is finished before anything else is told
    }
  }

  private void add(KvNews news) {
    waiting.add(news);
    waitingBytes += news.weight();
  }

  /** What lies between its cursor and {@code to} is not to be had. */
  void miss(int shard, int tag, long to, GapReason reason) {
    long cursor = cursors[shard - first];
    miss(shard, tag, cursor <= to ? cursor : 0, to, reason);
  }

  /** Joins with a gap. */
  void joinBehindGap(int shard, int tag, long from, long to, GapReason reason) {
    cursors[shard - first] = from;
    miss(shard, tag, from <= to ? from : 0, to, reason);
  }

  private void miss(int shard, int tag, long from, long to, GapReason reason) {
    int i = shard - first;
    tags[i] = tag;
    cursors[i] = to;
    if (!begun) {
      return; // it has been told nothing yet, and begins behind it
    }
    if (!lags && hasRoom()) {
      gaps.accept(reason);
      add(new KvNews.Missed(shard, tag, from, to, reason));
      return;
    }
    lag(shard);
    // one for each shard at most, however long the reader does not read
    boolean more = missed[i] instanceof KvNews.Missed;
    if (!more) {
      gaps.accept(reason);
    }
    long since = missed[i] instanceof KvNews.Missed before ? Math.min(before.from(), from) : from;
    missed[i] = new KvNews.Missed(shard, tag, since, to, reason);
  }

  /** Whether it is still to be doubted that the shard has not come as far as this watcher. */
  boolean doubts(int shard) {
    return ++doubts[shard - first] < KvFeed.DOUBTS;
  }

  /** Whether this shard's news go to it. */
  boolean hasJoined(int shard) {
    return cursors[shard - first] != NOT_JOINED;
  }

  /** The reader has nothing left and asks for more. */
  void want() {
    wanted = true;
  }

  /** Whether as much waits as is given at a time. */
  boolean hasWholeBatch() {
    return waiting.size() >= BATCH;
  }

  /**
   * Gives the reader what there is, if it asked.
   *
   * @param histories of the shards of the scope, null where none is known yet
   */
  void flush(IntFunction<@Nullable KvHistory> histories) {
    if (!wanted) {
      return;
    }
    if (lags && waiting.isEmpty()) {
      catchUp(histories);
    }
    if (waiting.isEmpty()) {
      return;
    }
    wanted = false;
    var news = new ArrayList<KvNews>(Math.min(BATCH, waiting.size()));
    for (KvNews each = waiting.poll(); each != null; each = waiting.poll()) {
      news.add(each);
      waitingBytes -= each.weight();
      if (news.size() == BATCH) {
        break;
      }
    }
    boolean all = begun && !lags && waiting.isEmpty() && haveAllJoined();
    order.reader().accept(new Batch(news, all ? KvPosition.of(tags, cursors) : null, false));
  }

  private boolean haveAllJoined() {
    for (long cursor : cursors) {
      if (cursor == NOT_JOINED) {
        return false;
      }
    }
    return true;
  }

  private void catchUp(IntFunction<@Nullable KvHistory> histories) {
    lags = false;
    int start = resumeAt;
    for (int n = 0; n < count() && !lags; n++) {
      int shard = first + (start - first + n) % count();
      catchUp(shard, histories.apply(shard));
    }
  }

  private void catchUp(int shard, @Nullable KvHistory history) {
    int i = shard - first;
    if (missed[i] instanceof KvNews.Missed gap) {
      add(gap);
      missed[i] = null;
    }
    if (history == null || cursors[i] == NOT_JOINED) {
      return;
    }
    if (cursors[i] < history.trimmedTo()) {
      miss(shard, tags[i], history.trimmedTo(), GapReason.SLOW_CONSUMER);
    }
    if (!lags) {
      take(shard, history.behind(cursors[i], Integer.MAX_VALUE));
    }
  }

  /** The node stops: what waits is given up, the reader resumes elsewhere from its position. */
  void end() {
    order.reader().accept(new Batch(List.of(), null, true));
  }

  void fail(Throwable cause) {
    order.failure().accept(cause);
  }
}
