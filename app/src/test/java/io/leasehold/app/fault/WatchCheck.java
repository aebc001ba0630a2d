package io.leasehold.app.fault;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A watch that began before the first write tells every acknowledged change of its keys once, in
 * the order of revisions of each shard, the end of every value, and nothing that nobody asked for.
 * What may be missing has been declared. Positions were kept over broken connections.
 */
final class WatchCheck {
  static final String NAME = "watch";

  private final int shards;

  WatchCheck(int shards) {
    this.shards = shards;
  }

  /** All events of one watcher, over all its connections, against what the clients know. */
  StoreCheck.Findings examine(List<StoreKeyHistory> histories, List<WatchEvent> events) {
    var violations = new ArrayList<StoreViolation>();
    inOrder(events, violations);
    var ofKeys = new HashMap<String, Map<Long, WatchEvent>>();
    for (WatchEvent event : events) {
      ofKeys.computeIfAbsent(event.key(), any -> new HashMap<>()).put(event.revision(), event);
    }
    long examined = 0;
    Set<String> known = new HashSet<>(Set.of(""));
    for (StoreKeyHistory history : histories) {
      known.add(history.key().name());
      Map<Long, WatchEvent> told = ofKeys.getOrDefault(history.key().name(), Map.of());
      examined += told.size();
      everyChange(history, told, events, violations);
      nothingElse(history, told, violations);
      everyEnd(history, told, gaps(events, shard(history)), violations);
    }
    for (String key : ofKeys.keySet()) {
      if (!known.contains(key)) {
        violations.add(new StoreViolation(NAME, key, "a key that was not asked for", List.of()));
      }
    }
    return new StoreCheck.Findings(examined, violations);
  }

  private static void inOrder(List<WatchEvent> events, List<StoreViolation> violations) {
    Map<Integer, Long> last = new HashMap<>();
    for (WatchEvent event : events) {
      long before = last.getOrDefault(event.shard(), 0L);
      boolean ordered =
          event.kind() == WatchEvent.Kind.GAP
              ? event.from() < event.revision() && event.from() >= before
              : event.revision() > before;
      if (!ordered) {
        violations.add(
            new StoreViolation(
                NAME,
                event.key(),
                event + " came after revision " + before + " of its shard",
                List.of()));
      }
      last.merge(event.shard(), event.revision(), Math::max);
    }
  }

  private int shard(StoreKeyHistory history) {
    return KvKeys.shardOf(Bytes.utf8(history.key().name()), shards);
  }

  private void everyChange(
      StoreKeyHistory history,
      Map<Long, WatchEvent> told,
      List<WatchEvent> events,
      List<StoreViolation> violations) {
    int shard = shard(history);
    for (StoreOperation change : history.changes()) {
      WatchEvent event = told.get(change.version());
      if (event == null) {
        boolean declared =
            events.stream()
                .filter(each -> each.kind() == WatchEvent.Kind.GAP && each.shard() == shard)
                .anyMatch(
                    gap -> gap.from() < change.version() && change.version() <= gap.revision());
        if (!declared) {
          violations.add(StoreViolation.of(NAME, history.key(), "watchers were not told", change));
        }
      } else {
        var expected =
            change.kind() == StoreKind.DELETE ? WatchEvent.Kind.DELETE : WatchEvent.Kind.PUT;
        if (event.kind() != expected
            || event.shard() != shard
            || !event.value().equals(change.written())) {
          violations.add(
              StoreViolation.of(NAME, history.key(), "watchers were told " + event, change));
        }
      }
    }
  }

  /** An event without an acknowledged change belongs to one of unknown outcome. */
  private static void nothingElse(
      StoreKeyHistory history, Map<Long, WatchEvent> told, List<StoreViolation> violations) {
    Set<Long> acknowledged = new HashSet<>();
    Set<String> openValues = new HashSet<>();
    int openDeletes = 0;
    int openCounts = 0;
    for (StoreOperation each : history.operations()) {
      if (each.isChange()) {
        acknowledged.add(each.version());
      } else if (each.isOpenWrite()) {
        openValues.add(each.request().value());
        openDeletes += each.kind() == StoreKind.DELETE ? 1 : 0;
        openCounts += each.kind() == StoreKind.INCREMENT ? 1 : 0;
      }
    }
    for (WatchEvent event : told.values()) {
      if (acknowledged.contains(event.revision())) {
        continue;
      }
      boolean possible =
          switch (event.kind()) {
            case DELETE -> openDeletes-- > 0;
            case PUT ->
                history.key().type() == StoreKey.Type.COUNTER
                    ? openCounts-- > 0
                    : openValues.remove(event.value());
            case EXPIRE -> history.key().isFleeting(); // which value, everyEnd sees to
            case GAP -> false;
          };
      if (!possible) {
        violations.add(violation(history, "watchers were told what nobody did", event));
      }
    }
  }

  private static List<WatchEvent> gaps(List<WatchEvent> events, int shard) {
    return events.stream()
        .filter(each -> each.kind() == WatchEvent.Kind.GAP && each.shard() == shard)
        .toList();
  }

  /** What ended was there, and what came into being anew had ended, unless a gap lies between. */
  private static void everyEnd(
      StoreKeyHistory history,
      Map<Long, WatchEvent> told,
      List<WatchEvent> gaps,
      List<StoreViolation> violations) {
    Set<Long> created = new HashSet<>();
    for (StoreOperation each : history.changes()) {
      if (each.answer().created()) {
        created.add(each.version());
      }
    }
    long before = 0;
    boolean present = false;
    for (WatchEvent event : new TreeMap<>(told).values()) {
      boolean puts = event.kind() == WatchEvent.Kind.PUT;
      if (!isGapBetween(before, event.revision(), gaps)) {
        if (!puts && !present) {
          violations.add(violation(history, "watchers were told the end of nothing", event));
        } else if (puts && present && created.contains(event.revision())) {
          violations.add(violation(history, "watchers were not told the end before", event));
        }
      }
      before = event.revision();
      present = puts;
    }
  }

  private static boolean isGapBetween(long before, long revision, List<WatchEvent> gaps) {
    return gaps.stream().anyMatch(gap -> gap.from() < revision && gap.revision() > before);
  }

  private static StoreViolation violation(StoreKeyHistory history, String what, WatchEvent event) {
    return new StoreViolation(NAME, history.key().name(), what + ": " + event, List.of());
  }
}
