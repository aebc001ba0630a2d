package io.leasehold.streams.telemetry.spool;

import io.leasehold.streams.telemetry.backend.Lines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes the least important records off the disk that targets lag behind, the oldest first: units
 * are written anew without them. A unit of which a target may ask for its part again, because it
 * was given it and its position behind it is not stored, stays as it is. Each importance is looked
 * through once: how far is remembered, so that all of it together costs three readings of the
 * spool. For the thread that commits.
 *
 * <p>Units and the counts of their targets change in one batch. It is not synced by itself: until
 * the next group is, a crash brings all of it back.
 */
final class SpoolThinning {
  /** Above it there is only what is given up last, oldest first. */
  private static final int MOST_IMPORTANT = 3;

  private static final byte[] AS_THEY_ARE = {};
  private static final int BLOCKS = 1_024;
  private static final int MIN_BLOCK = 4_096;

  private final SpoolStore store;
  private final SpoolFeeds feeds;
  private final SpoolKeeper keeper;

  /** Up to where nothing is left of an importance or below. */
  private final Place[] lookedTo = new Place[MOST_IMPORTANT];

  SpoolThinning(SpoolStore store, SpoolFeeds feeds, SpoolKeeper keeper) {
    this.store = store;
    this.feeds = feeds;
    this.keeper = keeper;
    Arrays.fill(lookedTo, new Place(0, 0));
  }

  /** One rewriting of a few units. */
  private static final class Rewriting {
    final Map<SpoolFeed, Long> lost = new HashMap<>();
    final Map<Long, Long> saved = new HashMap<>();
    long freed;
  }

  /**
   * Frees so many bytes if they are there; what is of the highest importance stays.
   *
   * @param maxBytes of the spool
   */
  void free(long bytes, long maxBytes) throws SpoolException, InterruptedException {
    keeper.keepNow(); // what is behind the stored position of a target stays
    long block = Math.max(MIN_BLOCK, maxBytes / BLOCKS);
    feeds.reading().lock();
    try {
      long freed = 0;
      for (int worth = 0; worth < MOST_IMPORTANT && freed < bytes; worth++) {
        freed += free(worth, bytes - freed, block);
      }
    } finally {
      feeds.reading().unlock();
    }
  }

  private long free(int worth, long bytes, long block) throws SpoolException {
    Tail tail = feeds.tail();
    long end = end(tail);
    Place at = lookedTo[worth].orLater(firstToGive(tail));
    long freed = 0;
    while (at.sequence() < end && freed < bytes) {
      List<StoredUnit> units = store.read(at.sequence(), end, SpoolFeed.READ_BYTES);
      if (units.isEmpty()) {
        return freed; // who reads it next says that it is missing
      }
      var rewriting = new Rewriting();
      try (SpoolStore.Group group = store.begin()) {
        for (StoredUnit each : units) {
          rewrite(each, worth, at.bytes() - at.bytes() % block, rewriting, group);
          at = at.after(each);
        }
        commit(rewriting, group);
      }
      freed += rewriting.freed;
      lookedTo[worth] = at;
    }
    return freed;
  }

  private Place firstToGive(Tail tail) {
    Place first = new Place(tail.sequence(), tail.bytes());
    for (SpoolFeed each : feeds.all()) {
      Place given = each.given();
      first = given.sequence() < first.sequence() ? given : first;
    }
    return first;
  }

  /** What targets that keep up have not stored the receipt of is looked at the next time. */
  private long end(Tail tail) {
    long end = tail.sequence();
    for (SpoolFeed each : feeds.all()) {
      if (each.given().sequence() >= tail.sequence()) {
        end = Math.min(end, each.storedSequence());
      }
    }
    return end;
  }

  private void rewrite(
      StoredUnit unit, int worth, long block, Rewriting rewriting, SpoolStore.Group group)
      throws SpoolException {
    List<UnitCodec.Copies> rest = new ArrayList<>();
    Map<SpoolFeed, Long> lost = new HashMap<>();
    boolean less = false;
    for (String target : UnitCodec.targets(unit.unit())) {
      Lines lines = feeds.decode(unit.unit(), target);
      SpoolFeed feed = feeds.find(target);
      Lines left = lines;
      if (feed == null) {
        left = feeds.isForgotten(target) ? null : lines; // its copies were counted when it went
      } else if (unit.sequence() < feed.storedSequence()) {
        left = null;
      } else if (!feed.isToGet(unit.sequence())) {
        return;
      } else if (lines != null) {
        left = above(worth, lines);
        lost.put(feed, (long) lines.size() - (left == null ? 0 : left.size()));
      }
      less |= left != lines;
      if (left != null) {
        rest.add(new UnitCodec.Copies(target, left));
      }
    }
    if (less) {
      write(unit, rest, block, rewriting, group);
      lost.forEach((feed, copies) -> rewriting.lost.merge(feed, copies, Long::sum));
    }
  }

  private static void write(
      StoredUnit unit,
      List<UnitCodec.Copies> rest,
      long block,
      Rewriting rewriting,
      SpoolStore.Group group)
      throws SpoolException {
    byte[] bytes =
        rest.isEmpty()
            ? UnitCodec.nothing(unit.weight())
            : UnitCodec.encodeRest(rest, UnitCodec.acceptedMillis(unit.unit()), unit.weight());
    group.unit(unit.sequence(), bytes);
    long saved = (long) unit.unit().length - bytes.length;
    rewriting.saved.merge(block, saved, Long::sum);
    rewriting.freed += saved;
  }

  private static @Nullable Lines above(int worth, Lines lines) {
    int[] kept = new int[lines.size()];
    int count = 0;
    for (int i = 0; i < kept.length; i++) {
      if (lines.importance(i) > worth) {
        kept[count++] = i;
      }
    }
    if (count == kept.length) {
      return lines;
    }
    return count == 0 ? null : lines.pick(kept, count, AS_THEY_ARE);
  }

  private void commit(Rewriting rewriting, SpoolStore.Group group) throws SpoolException {
    if (rewriting.saved.isEmpty()) {
      return;
    }
    for (var each : rewriting.lost.entrySet()) {
      SpoolFeed feed = each.getKey();
      if (feeds.isOpen(feed)) {
        feed.store(group, -each.getValue());
      }
    }
    for (var each : rewriting.saved.entrySet()) {
      group.saved(each.getKey(), feeds.saved().with(each.getKey(), each.getValue()));
    }
    group.commit(false);
    rewriting.saved.forEach(feeds.saved()::add);
    rewriting.lost.forEach(SpoolFeed::gaveUp);
  }
}
