package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** Random lives of a shard beside a model: every answer, every change and every sum is compared. */
class KvPropertiesTest {
  private static final int GROUPS = 60;
  private static final long OTHER_SHARDS = 5_000;
  private static final KvImage.HistoryBounds BOUNDS = new KvImage.HistoryBounds(20, 3_000);

  /** A shard, a follower of it and the model. */
  private static final class Life {
    final Random random;
    final KvGroup.Rules rules;
    final KvCapacity capacity;
    final KvModel model;
    final KvImage image = new KvImage(BOUNDS);
    final KvImage follower = new KvImage(BOUNDS);
    final KvDeadlines deadlines = new KvDeadlines(image);
    final List<String> told = new ArrayList<>();
    final Map<Bytes, Long> highest = new HashMap<>();

    Life(Random random) {
      this.random = random;
      long shard = random.nextBoolean() ? 1_000_000 : 150 + random.nextInt(500);
      long room = random.nextBoolean() ? 1_000_000 : 150 + random.nextInt(500);
      rules = new KvGroup.Rules(shard, new KvMarks.Rules(1_000, false, lock -> lock.length() % 2));
      capacity = new KvCapacity(OTHER_SHARDS + room);
      capacity.count(OTHER_SHARDS);
      model = new KvModel(shard, room);
    }

    void group() {
      model.shardMillis += random.nextInt(4) == 0 ? random.nextInt(60) : random.nextInt(3);
      model.wallMillis += random.nextInt(200) - 80;
      KvModel before = model.copy();
      long used = capacity.usedBytes();
      var group = new KvGroup(image, model.now(), rules, capacity);
      List<Bytes> due = List.of();
      if (random.nextInt(3) == 0) {
        due = deadlines.takeDue(image, model.shardMillis, 1 + random.nextInt(3));
        assertThat(due).doesNotHaveDuplicates();
      }
      boolean sweepsFirst = random.nextBoolean();
      if (sweepsFirst) {
        sweep(group, due);
      }
      for (int i = random.nextInt(6); i > 0; i--) {
        KvOperation operation = operation();
        assertSame(group.run(operation, KvMarks.Proof.NOT_ASKED), model.run(operation), operation);
      }
      if (!sweepsFirst) {
        sweep(group, due);
      }
      if (random.nextInt(5) == 0) {
        group.drop();
        model.become(before);
        deadlines.putBack(image, due);
        assertThat(capacity.usedBytes()).isEqualTo(used);
      } else {
        commit(group.changes());
      }
      compare();
    }

    private void sweep(KvGroup group, List<Bytes> due) {
      group.expire(due);
      due.forEach(model::expire);
    }

    private void commit(List<KvChange> changes) {
      for (KvChange change : changes) {
        image.apply(change);
        deadlines.apply(change, image);
        follower.apply(change);
        Bytes key = change.watchedKey();
        if (key != null) {
          told.add(words(change));
          Long earlier = highest.put(key, change.revision());
          assertThat(earlier == null ? 0 : earlier).isLessThan(change.revision());
        }
      }
    }

    private void compare() {
      assertThat(told).isEqualTo(model.log);
      assertThat(image.revision()).isEqualTo(model.revision).isEqualTo(told.size());
      assertSameState(image, model);
      assertThat(capacity.usedBytes()).isEqualTo(OTHER_SHARDS + model.bytes());
      long next =
          model.entries.values().stream()
              .mapToLong(KvEntry::expiresAtMillis)
              .filter(millis -> millis > 0)
              .min()
              .orElse(0);
      assertThat(deadlines.nextMillis(image)).isEqualTo(next);
      assertHistory(image.history());
    }

    /** What is kept are the last changes, without a hole, within both bounds. */
    private void assertHistory(KvHistory history) {
      assertThat(history.lastRevision()).isEqualTo(model.revision);
      List<KvChange> kept = history.behind(history.trimmedTo(), Integer.MAX_VALUE);
      assertThat(kept.stream().map(KvPropertiesTest::words).toList())
          .isEqualTo(told.subList((int) history.trimmedTo(), told.size()));
      assertThat(kept.size()).isLessThanOrEqualTo(BOUNDS.events());
      assertThat(kept.stream().mapToLong(KvChange::weight).sum())
          .isLessThanOrEqualTo(BOUNDS.bytes());
    }

    private Bytes key() {
      return Bytes.utf8("{t}" + (char) ('a' + random.nextInt(5)));
    }

    private Bytes value() {
      return switch (random.nextInt(6)) {
        case 0 -> Bytes.EMPTY;
        case 1 -> Bytes.utf8("x".repeat(random.nextInt(60)));
        case 2 -> Bytes.utf8(Long.toString(random.nextBoolean() ? Long.MAX_VALUE : -7));
        case 3 -> Bytes.of(new byte[] {(byte) 0xff, (byte) random.nextInt(3)});
        default -> Bytes.utf8(Integer.toString(random.nextInt(3)));
      };
    }

    private Map<String, String> metadata() {
      return random.nextInt(3) > 0 ? Map.of() : Map.of("ö", "v".repeat(random.nextInt(9)));
    }

    private Ttl ttl(boolean mayKeep) {
      return switch (random.nextInt(mayKeep ? 4 : 3)) {
        case 0 -> Ttl.NONE;
        case 3 -> Ttl.KEEP;
        default -> Ttl.after(1 + random.nextInt(40));
      };
    }

    private long someVersion(Bytes key) {
      return random.nextBoolean() ? model.version(key) : random.nextInt(1 + (int) model.revision);
    }

    private Precondition precondition(Bytes key) {
      return switch (random.nextInt(9)) {
        case 0 -> Precondition.ifMatch(Math.max(1, someVersion(key)));
        case 1 ->
            new Precondition(List.of(1L + random.nextInt(9), 1 + someVersion(key)), List.of());
        case 2 -> new Precondition(Precondition.ANY, List.of());
        case 3 -> new Precondition(List.of(), Precondition.ANY);
        case 4 -> new Precondition(List.of(), List.of(Math.max(1, someVersion(key))));
        default -> Precondition.NONE;
      };
    }

    private @Nullable Fence fence() {
      int newest = 3 + (int) (model.revision / 10);
      return random.nextInt(3) > 0
          ? null
          : new Fence("lock" + random.nextInt(2), Math.max(1, newest - random.nextInt(3)));
    }

    private KvOperation operation() {
      if (random.nextInt(5) > 0) {
        Bytes key = key();
        return single(key, () -> precondition(key), this::fence);
      }
      var conditions = new ArrayList<Condition>();
      for (int i = random.nextInt(3); i > 0; i--) {
        conditions.add(condition(key()));
      }
      var steps = new ArrayList<KvOperation.Step>();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        Bytes key = key();
        List<Condition> own = random.nextInt(4) == 0 ? List.of(condition(key)) : List.of();
        steps.add(new KvOperation.Step(single(key, () -> Precondition.NONE, () -> null), own));
      }
      return new KvOperation.Transaction(conditions, steps, fence());
    }

    private Condition condition(Bytes key) {
      KvEntry there = model.present(key);
      boolean exists = random.nextInt(8) == 0 ? there == null : there != null;
      return switch (random.nextInt(4)) {
        case 0, 1 ->
            new Condition(
                key,
                exists ? Condition.Kind.KEY_EXISTS : Condition.Kind.KEY_NOT_EXISTS,
                0,
                Bytes.EMPTY);
        case 2 -> new Condition(key, Condition.Kind.VERSION_MATCH, someVersion(key), Bytes.EMPTY);
        default ->
            new Condition(
                key,
                Condition.Kind.VALUE_MATCH,
                0,
                there == null || random.nextBoolean() ? value() : there.value());
      };
    }

    private KvOperation single(
        Bytes key, Supplier<Precondition> precondition, Supplier<@Nullable Fence> fence) {
      Precondition asked = precondition.get();
      Fence under = fence.get();
      switch (random.nextInt(9)) {
        case 0:
          return new KvOperation.Get(key, asked, under);
        case 1:
          return new KvOperation.Delete(key, asked, under);
        case 2:
          return new KvOperation.Touch(key, ttl(false), asked, under);
        case 3, 4:
          long delta = random.nextInt(5) - 2L;
          return new KvOperation.Increment(key, delta, 5, ttl(false), asked, under);
        case 5:
          KvEntry there = model.present(key);
          boolean byValue = random.nextBoolean();
          return new KvOperation.CompareAndSet(
              key,
              byValue ? there == null || random.nextBoolean() ? value() : there.value() : null,
              byValue ? 0 : someVersion(key),
              value(),
              metadata(),
              ttl(true),
              asked,
              under);
        default:
          return new KvOperation.Put(key, value(), metadata(), ttl(true), asked, under);
      }
    }
  }

  private static String words(KvChange change) {
    String text = " " + change.watchedKey() + " " + change.revision();
    if (change instanceof KvChange.Written written) {
      return (written.created() ? "create" : "put") + text;
    }
    return (change instanceof KvChange.Removed removed && removed.expired() ? "expire" : "delete")
        + text;
  }

  /** The words of a conflict and what the node holds besides are not in the model. */
  private static void assertSame(KvResult found, KvResult expected, KvOperation operation) {
    KvResult compared = found;
    if (found instanceof KvResult.Conflict conflict) {
      assertThat(conflict.message()).isNotBlank();
      compared =
          new KvResult.Conflict(conflict.inStep(), conflict.index(), conflict.currentVersion(), "");
    } else if (found instanceof KvResult.StorageFull full && full.scope().equals("node")) {
      compared =
          new KvResult.StorageFull(
              "node", full.usedBytes() - OTHER_SHARDS, full.limitBytes() - OTHER_SHARDS);
    }
    assertThat(compared).as("%s", operation).isEqualTo(expected);
  }

  private static void assertSameState(KvImage image, KvModel model) {
    assertThat(image.entries()).isEqualTo(model.entries);
    assertThat(image.accountedBytes()).isEqualTo(model.bytes());
    assertThat(image.sizeBytes())
        .isEqualTo(
            model.entries.values().stream()
                .mapToLong(e -> e.key().size() + e.value().size())
                .sum());
    assertThat(image.expiring())
        .isEqualTo(model.entries.values().stream().filter(e -> e.expiresAtMillis() > 0).count());
    assertThat(image.marks().tokens()).isEqualTo(model.marks);
    assertThat(image.marks().floors()).isEmpty();
  }

  private static void assertSameImage(KvImage found, KvImage expected) {
    assertThat(found.entries()).isEqualTo(expected.entries());
    assertThat(found.revision()).isEqualTo(expected.revision());
    assertThat(found.epoch()).isEqualTo(expected.epoch());
    assertThat(found.accountedBytes()).isEqualTo(expected.accountedBytes());
    assertThat(found.sizeBytes()).isEqualTo(expected.sizeBytes());
    assertThat(found.expiring()).isEqualTo(expected.expiring());
    assertThat(found.marks().tokens()).isEqualTo(expected.marks().tokens());
    assertThat(found.marks().floors()).isEqualTo(expected.marks().floors());
  }

  private static void assertSameHistory(KvHistory found, KvHistory expected) {
    assertThat(found.trimmedTo()).isEqualTo(expected.trimmedTo());
    assertThat(found.lastRevision()).isEqualTo(expected.lastRevision());
    assertThat(found.behind(found.trimmedTo(), Integer.MAX_VALUE))
        .isEqualTo(expected.behind(expected.trimmedTo(), Integer.MAX_VALUE));
  }

  @Property(tries = 300)
  void aRandomLifeIsThatOfTheModel(@ForAll Random random) {
    var life = new Life(random);
    for (int i = 0; i < GROUPS; i++) {
      life.group();
    }
    assertThat(life.model.revision).isPositive();
  }

  @Property(tries = 60)
  void whatIsReplayedIsTheSameShard(@ForAll Random random) {
    var life = new Life(random);
    for (int i = 0; i < GROUPS; i++) {
      life.group();
    }
    assertSameImage(life.follower, life.image);
    assertSameHistory(life.follower.history(), life.image.history());
  }

  @Property(tries = 60)
  void aSnapshotIsTheSameShard(@ForAll Random random) {
    var life = new Life(random);
    for (int i = 0; i < GROUPS; i++) {
      life.group();
    }
    KvImage image = life.image;
    KvImage read =
        KvImage.of(
            BOUNDS,
            image.entries().values(),
            image.revision(),
            image.epoch(),
            image.marks().tokens(),
            image.marks().floors());
    assertSameImage(read, image);
    assertThat(read.history().trimmedTo()).isEqualTo(image.revision());
    assertThat(read.history().behind(image.revision(), 10)).isEmpty();
    assertThat(new KvDeadlines(read).nextMillis(read)).isEqualTo(life.deadlines.nextMillis(image));
  }

  @Property(tries = 60)
  void aCopyGoesItsOwnWay(@ForAll Random random) {
    var life = new Life(random);
    for (int i = 0; i < GROUPS / 2; i++) {
      life.group();
    }
    KvImage copy = life.image.copy();
    KvImage second = life.image.copy();
    assertSameImage(copy, life.image);
    assertSameHistory(copy.history(), life.image.history());
    for (int i = 0; i < GROUPS / 2; i++) {
      life.group();
    }
    assertSameImage(copy, second);
    assertSameHistory(copy.history(), second.history());

    var key = Bytes.utf8("only in the copy");
    copy.apply(
        new KvChange.Written(
            new KvEntry(key, Bytes.EMPTY, Map.of(), copy.revision() + 1, 1, 1, 0), true));
    copy.apply(new KvChange.Marked("only in the copy", 1));
    assertThat(life.image.get(key)).isNull();
    assertThat(life.image.marks().tokens()).isEqualTo(life.model.marks);
    life.group();
  }
}
