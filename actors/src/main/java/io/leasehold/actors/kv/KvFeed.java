package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvNews.GapReason;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvHistory;
import io.leasehold.domain.kv.KvPosition;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the hub of a node knows of one shard, and who watches it: one subscription for all of them.
 * Confined to the hub.
 *
 * <p>Keeps the changes it was told itself, within the bounds of the shard's own history, so that a
 * watcher that lags or comes back need not ask the shard.
 */
final class KvFeed {
  /** What every feed of a node shares. */
  record Bounds(String dataId, int historyEvents, long historyBytes) {}

  /** Sends questions of the hub. */
  interface Asking {
    /** Returns the number of the question, which no other of this hub has had. */
    long ask(int shard, long behind, boolean waits, long epoch);
  }

  /** A shard that has not come as far as we must say so so often, with time between. */
  static final int DOUBTS = 3;

  /** An answer that fills so much of the history is followed by the next question at once. */
  private static final int FULL_FRACTION = 4;

  private final int shard;
  private final Bounds bounds;
  private final Asking asking;
  private final Set<KvWatcher> watchers = new LinkedHashSet<>();

  /** Those whose place in this shard is still to be found. */
  private final List<KvWatcher> joining = new ArrayList<>();

  private final List<KvWatcher> joiningNext = new ArrayList<>();
  private final List<KvChange> parts = new ArrayList<>();
  private long partsBehind;
  private long partsQuestion;
  private @Nullable KvHistory history;
  private long incarnation;
  private long epoch;
  private long joinQuestion;
  private long joinAskedNanos;
  private long pollQuestion;
  private long pollAskedNanos;
  private boolean due;
  private int doubts;

  KvFeed(int shard, Bounds bounds, Asking asking) {
    this.shard = shard;
    this.bounds = bounds;
    this.asking = asking;
  }

  int shard() {
    return shard;
  }

  /** Changes of the shard up to now; null if it has not answered yet. */
  @Nullable KvHistory history() {
    return history;
  }

  Set<KvWatcher> watchers() {
    return watchers;
  }

  void enter(KvWatcher watcher, long nowNanos) {
    watchers.add(watcher);
    Long behind = watcher.resumesBehind(shard);
    if (behind != null && history != null && holds(watcher, history, behind)) {
      join(watcher, history, behind);
      return;
    }
    joiningNext.add(watcher);
    askForJoining(nowNanos);
  }

  /** True if nobody is left. */
  boolean leave(KvWatcher watcher) {
    watchers.remove(watcher);
    joining.remove(watcher);
    joiningNext.remove(watcher);
    return watchers.isEmpty();
  }

  private boolean holds(KvWatcher watcher, KvHistory known, long behind) {
    return watcher.tag(shard) == tag()
        && behind >= known.trimmedTo()
        && behind <= known.lastRevision();
  }

  private void join(KvWatcher watcher, KvHistory known, long behind) {
    watcher.join(shard, tag(), behind);
    watcher.offer(shard, behind, known.behind(behind, Integer.MAX_VALUE));
  }

  private int tag() {
    return KvPosition.tag(bounds.dataId(), epoch);
  }

  /** One question for all who have come since the last: the earliest place decides. */
  private void askForJoining(long nowNanos) {
    if (joinQuestion != 0 || joiningNext.isEmpty()) {
      return;
    }
    joining.addAll(joiningNext);
    joiningNext.clear();
    long earliest = KvHistoryRead.NOW;
    for (KvWatcher each : joining) {
      Long behind = each.resumesBehind(shard);
      if (behind != null && (earliest == KvHistoryRead.NOW || behind < earliest)) {
        earliest = behind;
      }
    }
    if (history != null && (earliest == KvHistoryRead.NOW || earliest > history.lastRevision())) {
      earliest = history.lastRevision(); // else what is between would be missing
    }
    joinAskedNanos = nowNanos;
    joinQuestion = asking.ask(shard, earliest, false, epoch);
  }

  private void poll(long nowNanos) {
    if (history == null) {
      return; // the answer to those who join comes first
    }
    due = false;
    pollAskedNanos = nowNanos;
    pollQuestion = asking.ask(shard, history.lastRevision(), true, epoch);
  }

  /** Goes on with the next question if one was put off. */
  void pump(long nowNanos) {
    if (due) {
      poll(nowNanos);
    }
  }

  /** Asks again what has not been answered: the shard moves, or a message was lost. */
  void tick(long nowNanos, long patienceNanos) {
    if (joinQuestion != 0 && nowNanos - joinAskedNanos >= patienceNanos) {
      joinQuestion = 0;
      joiningNext.addAll(0, joining);
      joining.clear();
    }
    askForJoining(nowNanos);
    if (!due && nowNanos - pollAskedNanos >= patienceNanos) {
      poll(nowNanos);
    }
    pump(nowNanos);
  }

  /**
   * Takes a part of an answer.
   *
   * @return whether the next question is put off until {@link #pump}
   */
  boolean take(KvHistoryRead.Part part, long nowNanos) {
    boolean follows = part.question() == partsQuestion && !parts.isEmpty();
    if (follows && part.behind() != partsBehind + parts.size()) {
      parts.clear();
      return due; // one was lost: what is missing is asked again when patience ends
    }
    if (!follows) {
      parts.clear();
      partsQuestion = part.question();
      partsBehind = part.behind();
    }
    parts.addAll(part.changes());
    if (part.more()) {
      return due;
    }
    List<KvChange> changes = List.copyOf(parts);
    parts.clear();
    boolean believed = learn(part, partsBehind, changes);
    if (part.question() == joinQuestion) {
      joinQuestion = 0;
      if (!believed) {
        joiningNext.addAll(0, joining);
        joining.clear();
      } else if (settle(part.upTo())) {
        askForJoining(nowNanos);
      }
    }
    if (believed && pollQuestion == 0) {
      poll(nowNanos);
    } else if (believed && part.question() == pollQuestion) {
      due = true;
      if (isLarge(changes)) {
        poll(nowNanos);
      }
    }
    return due;
  }

  private boolean isLarge(List<KvChange> changes) {
    long bytes = 0;
    for (KvChange change : changes) {
      bytes += change.weight();
    }
    return bytes > bounds.historyBytes() / FULL_FRACTION
        || changes.size() > bounds.historyEvents() / FULL_FRACTION;
  }

  /** Makes what the shard says ours; false = it is not believed yet. */
  private boolean learn(KvHistoryRead.Part part, long behind, List<KvChange> changes) {
    KvHistory known = history;
    if (known == null) {
      epoch = part.epoch();
      restart(behind, changes);
    } else if (part.epoch() != epoch) {
      epoch = part.epoch();
      missAll(behind, GapReason.STORE_REPLACED);
      restart(behind, changes);
    } else if (part.upTo() < known.lastRevision()) {
      // an owner that was cut off knows less than we; that it stays so means another database
      if (++doubts < DOUBTS) {
        return false;
      }
      missAll(behind, GapReason.STORE_REPLACED);
      restart(behind, changes);
    } else if (behind > known.lastRevision()) {
      missAll(
          behind,
          part.incarnation() == incarnation ? GapReason.HISTORY_TRIMMED : GapReason.SHARD_MOVED);
      restart(behind, changes);
    } else {
      goOn(known, behind, changes);
    }
    doubts = 0;
    incarnation = part.incarnation();
    return true;
  }

  private void goOn(KvHistory known, long behind, List<KvChange> changes) {
    long last = known.lastRevision();
    List<KvChange> news = changes.subList((int) (last - behind), changes.size());
    if (behind < known.trimmedTo()) {
      history = historyOf(behind, changes); // reaches further back than what we had
    } else {
      news.forEach(known::add);
    }
    offer(last, news);
  }

  private void restart(long behind, List<KvChange> changes) {
    history = historyOf(behind, changes);
    offer(behind, changes);
  }

  private KvHistory historyOf(long behind, List<KvChange> changes) {
    var made = new KvHistory(bounds.historyEvents(), bounds.historyBytes(), behind);
    changes.forEach(made::add);
    return made;
  }

  private void offer(long behind, List<KvChange> changes) {
    if (!changes.isEmpty()) {
      for (KvWatcher watcher : watchers) {
        watcher.offer(shard, behind, changes);
      }
    }
  }

  private void missAll(long to, GapReason reason) {
    for (KvWatcher watcher : watchers) {
      if (watcher.hasJoined(shard)) {
        watcher.miss(shard, tag(), to, reason);
      }
    }
  }

  /**
   * Finds the places of those who join, now that the shard has said what it has.
   *
   * @return false: somebody is ahead of what the shard says, which is asked again at the next tick
   */
  private boolean settle(long now) {
    KvHistory known = Objects.requireNonNull(history, "the shard has answered");
    boolean settled = true;
    for (Iterator<KvWatcher> i = joining.iterator(); i.hasNext(); ) {
      KvWatcher watcher = i.next();
      i.remove();
      Long behind = watcher.resumesBehind(shard);
      if (behind == null) {
        long from = Math.max(known.trimmedTo(), Math.min(now, known.lastRevision()));
        join(watcher, known, from);
      } else if (holds(watcher, known, behind)) {
        join(watcher, known, behind);
      } else if (watcher.tag(shard) == tag() && behind < known.trimmedTo()) {
        joinBehindGap(watcher, known, behind, known.trimmedTo(), GapReason.HISTORY_TRIMMED);
      } else if (watcher.tag(shard) == tag() && watcher.doubts(shard)) {
        joiningNext.add(watcher);
        settled = false;
      } else {
        joinBehindGap(watcher, known, behind, known.trimmedTo(), GapReason.STORE_REPLACED);
      }
    }
    return settled;
  }

  private void joinBehindGap(
      KvWatcher watcher, KvHistory known, long behind, long to, GapReason reason) {
    watcher.joinBehindGap(shard, tag(), behind, to, reason);
    watcher.offer(shard, to, known.behind(to, Integer.MAX_VALUE));
  }
}
