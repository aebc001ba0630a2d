package io.leasehold.app.fault;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A watch that began before the first write tells every acknowledged change of its keys once, in
 * the order of revisions of each shard, and nothing that nobody asked for. What may be missing has
 * been declared. Positions were kept over broken connections.
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

  private void everyChange(
      StoreKeyHistory history,
      Map<Long, WatchEvent> told,
      List<WatchEvent> events,
      List<StoreViolation> violations) {
    int shard = KvKeys.shardOf(Bytes.utf8(history.key().name()), shards);
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
            case EXPIRE, GAP -> false;
          };
      if (!possible) {
        violations.add(
            new StoreViolation(
                NAME,
                history.key().name(),
                "watchers were told what nobody did: " + event,
                List.of()));
      }
    }
  }
}
