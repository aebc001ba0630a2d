package io.leasehold.app.fault;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All ways in which the operations on a key can have taken effect so far. An effect comes as late
 * as possible: only when an answer cannot be explained without it.
 *
 * <p>Why late is enough: every known change sets the whole state, so what writes of unknown outcome
 * did before it matters to nothing behind it; and the later, the more of them have been sent.
 */
final class LinearizationSearch {
  private static final int MAX_WAYS = 20_000;

  /**
   * One way.
   *
   * @param applied so many of the known changes, in the order of versions
   * @param hidden and then a delete of unknown outcome, or the end of its time to live
   * @param explained operations under way that found what they answer
   * @param writesUsed writes of unknown outcome, not deletes, that took effect at no known version
   * @param deletesUsed likewise deletes
   */
  record Way(int applied, boolean hidden, Set<Integer> explained, int writesUsed, int deletesUsed) {
    Way {
      explained = Set.copyOf(explained);
    }

    boolean sameState(Way other) {
      return applied == other.applied && hidden == other.hidden;
    }

    Way with(Set<Integer> nowExplained) {
      return new Way(applied, hidden, nowExplained, writesUsed, deletesUsed);
    }
  }

  private final StoreKey key;
  private final List<StoreChange> changes;
  private final Map<Long, Integer> places = new HashMap<>();
  private final long[] unplacedWrites;
  private final long[] unplacedDeletes;
  private final Map<Integer, StoreOperation> open = new LinkedHashMap<>();
  private Set<Way> ways = Set.of(new Way(0, false, Set.of(), 0, 0));
  private long now;

  LinearizationSearch(StoreKey key, VersionOrder order) {
    this.key = key;
    changes = order.changes();
    for (int i = 0; i < changes.size(); i++) {
      places.put(changes.get(i).version(), i);
    }
    unplacedWrites = order.unplacedNanos(false);
    unplacedDeletes = order.unplacedNanos(true);
    Arrays.sort(unplacedWrites);
    Arrays.sort(unplacedDeletes);
  }

  /** Empty = no order explains the answers so far. */
  Set<Way> ways() {
    return ways;
  }

  /** An operation with a definite answer is sent. */
  void sent(StoreOperation operation, long nanos) {
    now = nanos;
    if (operation.isChange()) {
      return; // it takes effect when something needs it
    }
    open.put(operation.number(), operation);
    Set<Way> next = new LinkedHashSet<>();
    for (Way way : ways) {
      next.add(explain(way));
    }
    ways = next;
  }

  /** Its answer comes: what is not explained yet has to be now. */
  void answered(StoreOperation operation, long nanos) {
    now = nanos;
    Set<Way> next = new LinkedHashSet<>();
    for (Way way : ways) {
      if (operation.isChange()) {
        Integer place = places.get(operation.version());
        Way at = place == null ? null : advance(way, place + 1);
        if (at != null) {
          next.add(at);
        }
      } else if (way.explained().contains(operation.number())) {
        next.add(way);
      } else if (operation.version() > 0) {
        toVersion(way, operation, next);
      } else {
        toAbsence(way, operation, next);
      }
    }
    open.remove(operation.number());
    Set<Way> rest = new LinkedHashSet<>();
    for (Way way : next) {
      Set<Integer> explained = new TreeSet<>(way.explained());
      explained.remove(operation.number());
      rest.add(way.with(explained));
    }
    ways = withoutDearer(rest);
    if (ways.size() > MAX_WAYS) {
      throw new IllegalStateException(ways.size() + " ways: at most " + MAX_WAYS);
    }
  }

  /** Of ways that lead to the same, those that use more than another lead nowhere else. */
  private static Set<Way> withoutDearer(Set<Way> ways) {
    Set<Way> cheap = new LinkedHashSet<>();
    for (Way way : ways) {
      boolean dearer =
          ways.stream()
              .anyMatch(
                  other ->
                      !other.equals(way)
                          && other.sameState(way)
                          && other.explained().equals(way.explained())
                          && other.writesUsed() <= way.writesUsed()
                          && other.deletesUsed() <= way.deletesUsed());
      if (!dearer) {
        cheap.add(way);
      }
    }
    return cheap;
  }

  private void toVersion(Way way, StoreOperation operation, Set<Way> next) {
    Integer place = places.get(operation.version());
    if (place == null || way.applied() > place) {
      return; // it has been overwritten, and only then came the question
    }
    Way at = advance(way, place + 1);
    if (at != null && at.explained().contains(operation.number())) {
      next.add(at);
    }
  }

  private void toAbsence(Way from, StoreOperation operation, Set<Way> next) {
    for (Way way = from; way != null; way = advance(way, way.applied() + 1)) {
      if (way.explained().contains(operation.number())) {
        next.add(way);
        return;
      }
      Way hidden = hide(way);
      if (hidden != null) {
        next.add(hidden);
      }
    }
  }

  /** With so many known changes applied; null if that cannot be. */
  private @Nullable Way advance(Way from, int applied) {
    Way way = from;
    while (way != null && way.applied() < applied) {
      way = next(way);
    }
    return way;
  }

  private boolean isPresent(Way way) {
    return !way.hidden() && way.applied() > 0 && changes.get(way.applied() - 1).isPresent();
  }

  private long version(Way way) {
    return isPresent(way) ? changes.get(way.applied() - 1).version() : 0;
  }

  /** The present number of a counter; null if nobody saw it. */
  private @Nullable Long number(Way way) {
    if (!isPresent(way)) {
      return 0L;
    }
    String value = changes.get(way.applied() - 1).value();
    return value == null ? null : Long.valueOf(value);
  }

  private static int sentBy(long[] nanos, long now) {
    int found = Arrays.binarySearch(nanos, now + 1);
    return found < 0 ? -found - 1 : found;
  }

  /**
   * Without the value: by the end of its time to live, which may come whenever it can have come, or
   * by a delete of unknown outcome, if there is one left.
   */
  private @Nullable Way hide(Way way) {
    if (!isPresent(way)) {
      return null;
    }
    boolean ended =
        key.isFleeting() && key.lastsUntil(changes.get(way.applied() - 1).sentNanos()) <= now;
    if (!ended && way.deletesUsed() >= sentBy(unplacedDeletes, now)) {
      return null;
    }
    int deletes = way.deletesUsed() + (ended ? 0 : 1);
    return explain(new Way(way.applied(), true, way.explained(), way.writesUsed(), deletes));
  }

  /** After so many other writes of unknown outcome. */
  private @Nullable Way use(Way way, long writes) {
    if (writes == 0) {
      return way;
    }
    long used = way.writesUsed() + writes;
    return used > sentBy(unplacedWrites, now)
        ? null
        : new Way(way.applied(), way.hidden(), way.explained(), (int) used, way.deletesUsed());
  }

  /** After the next known change. */
  private @Nullable Way next(Way from) {
    if (from.applied() == changes.size()) {
      return null;
    }
    StoreChange change = changes.get(from.applied());
    if (change.sentNanos() > now) {
      return null;
    }
    Way ready = ready(from, change);
    return ready == null
        ? null
        : explain(
            new Way(
                ready.applied() + 1,
                false,
                ready.explained(),
                ready.writesUsed(),
                ready.deletesUsed()));
  }

  /** Where the change finds what it says it found; null if nothing can bring that about. */
  private @Nullable Way ready(Way way, StoreChange change) {
    StoreOperation operation = change.operation();
    if (operation == null) {
      return change.value() == null ? use(way, 1) : counted(way, change.value(), null);
    }
    long expected = operation.request().expectedVersion();
    boolean namesVersion = expected != StoreOperation.ANY_VERSION;
    if (namesVersion
        && change.isAcknowledged()
        && operation.answer().created() != (expected == 0)) {
      return null;
    }
    if (expected > 0) {
      return version(way) == expected ? way : null;
    }
    if (operation.kind() == StoreKind.INCREMENT) {
      return counted(way, operation.answer().value(), operation.answer().created());
    }
    boolean mustBeAbsent =
        expected == 0 || (change.isAcknowledged() && operation.answer().created());
    if (mustBeAbsent) {
      return isPresent(way) ? hide(way) : way;
    }
    return isPresent(way) || !change.isAcknowledged() ? way : use(way, 1);
  }

  /**
   * Where counting gives this number.
   *
   * @param created as told; null = by a count of unknown outcome, which is used up
   */
  private @Nullable Way counted(Way from, String value, @Nullable Boolean created) {
    long number = Long.parseLong(value);
    int own = created == null ? 1 : 0;
    Long before = number(from);
    if (created != null && created) {
      Way absent = isPresent(from) ? hide(from) : from;
      return number == 1 ? absent : null;
    }
    if (before == null) {
      return use(from, own);
    }
    if (number > before) {
      boolean needsOther = created != null && !isPresent(from) && number == 1;
      return needsOther ? null : use(from, number - before - 1 + own);
    }
    Way absent = isPresent(from) ? hide(from) : null;
    boolean possible = absent != null && number >= (created == null ? 1 : 2);
    return possible && absent != null ? use(absent, number - 1 + own) : null;
  }

  /** Marks what is under way and finds in this state what it answers. */
  private Way explain(Way way) {
    Set<Integer> explained = new TreeSet<>(way.explained());
    for (StoreOperation each : open.values()) {
      if (each.version() == version(way)) {
        explained.add(each.number());
      }
    }
    return explained.size() == way.explained().size() ? way : way.with(explained);
  }
}
