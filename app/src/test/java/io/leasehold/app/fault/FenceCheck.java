package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Under a lock, changes follow each other in the order of its tokens, and once a holder has read,
 * no older one changes anything any more. A token is refused only where a newer one has been.
 */
final class FenceCheck implements StoreCheck {
  static final String NAME = "fences";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Findings examine(StoreKeyHistory history) {
    if (!history.key().isGuarded()) {
      return new Findings(0, List.of());
    }
    var violations = new ArrayList<StoreViolation>();
    long examined = order(history, violations);
    examined += reads(history, violations);
    examined += refusals(history, violations);
    return new Findings(examined, violations);
  }

  private static long order(StoreKeyHistory history, List<StoreViolation> violations) {
    List<StoreOperation> changes = new ArrayList<>();
    for (StoreChange change : new VersionOrder(history, NAME).changes()) {
      if (change.operation() != null) {
        changes.add(change.operation()); // those of unknown outcome that were seen, too
      }
    }
    StoreOperation newest = null;
    for (StoreOperation change : changes) {
      if (newest != null && change.token() < newest.token()) {
        violations.add(
            StoreViolation.of(
                NAME,
                history.key(),
                "token " + change.token() + " changed what token " + newest.token() + " had",
                newest,
                change));
      }
      newest = newest == null || change.token() > newest.token() ? change : newest;
    }
    return changes.size();
  }

  private static long reads(StoreKeyHistory history, List<StoreViolation> violations) {
    long examined = 0;
    var byVersion = new Oldest(history.changes(), StoreOperation::version);
    var bySending = new Oldest(history.changes(), StoreOperation::sentNanos);
    for (StoreOperation read : history.operations()) {
      if (read.isChange() || !read.outcome().isDefinite()) {
        continue;
      }
      examined++;
      // what found no version cannot tell what came before it, but by the time
      StoreOperation oldest =
          read.version() > 0
              ? byVersion.behind(read.version())
              : bySending.behind(read.answeredNanos());
      if (oldest != null && oldest.token() < read.token()) {
        violations.add(
            StoreViolation.of(
                NAME,
                history.key(),
                "token " + oldest.token() + " changed what token " + read.token() + " had seen",
                read,
                oldest));
      }
    }
    return examined;
  }

  /** The smallest token among all changes behind a point. */
  private static final class Oldest {
    private final TreeMap<Long, StoreOperation> from = new TreeMap<>();

    Oldest(List<StoreOperation> changes, ToLongFunction<StoreOperation> point) {
      List<StoreOperation> backwards =
          changes.stream().sorted(Comparator.comparingLong(point).reversed()).toList();
      StoreOperation oldest = null;
      for (StoreOperation change : backwards) {
        oldest = oldest == null || change.token() < oldest.token() ? change : oldest;
        from.put(point.applyAsLong(change), oldest);
      }
    }

    @Nullable StoreOperation behind(long point) {
      var entry = from.higherEntry(point);
      return entry == null ? null : entry.getValue();
    }
  }

  private static long refusals(StoreKeyHistory history, List<StoreViolation> violations) {
    long examined = 0;
    Set<Long> sent = new HashSet<>();
    var bySending = history.operations();
    int next = 0;
    List<StoreOperation> refusals =
        bySending.stream()
            .filter(each -> each.outcome() == StoreOutcome.STALE_FENCE)
            .sorted((a, b) -> Long.compare(a.answeredNanos(), b.answeredNanos()))
            .toList();
    for (StoreOperation refusal : refusals) {
      examined++;
      while (next < bySending.size()
          && bySending.get(next).sentNanos() <= refusal.answeredNanos()) {
        sent.add(bySending.get(next++).token());
      }
      long newest = refusal.answer().newestToken();
      if (newest <= refusal.token() || !sent.contains(newest)) {
        violations.add(
            StoreViolation.of(
                NAME, history.key(), "refused for a token that has not been here", refusal));
      }
    }
    return examined;
  }
}
