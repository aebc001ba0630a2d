package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.redis.RedisNumbers;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Groups of operations on one shard, with every answer and change spelled out. */
class KvGroupTest {
  private static final Bytes A = Bytes.utf8("a");
  private static final Bytes B = Bytes.utf8("b");
  private static final long WALL = 1_700_000_000_000L;

  private final KvImage image = new KvImage(new KvImage.HistoryBounds(100, 100_000));
  private final KvCapacity capacity = new KvCapacity(1_000);
  private KvGroup.Rules rules =
      new KvGroup.Rules(800, new KvMarks.Rules(10, false, String::length));
  private long millis = 5_000;

  private KvGroup group() {
    return new KvGroup(image, new KvTime(WALL + millis, millis), rules, capacity);
  }

  private KvResult run(KvOperation operation) {
    KvGroup group = group();
    KvResult result = group.run(operation, KvMarks.Proof.NOT_ASKED);
    group.changes().forEach(image::apply);
    return result;
  }

  private static KvOperation.Put put(Bytes key, String value, Ttl ttl) {
    return new KvOperation.Put(key, Bytes.utf8(value), Map.of(), ttl, Precondition.NONE, null);
  }

  private static KvOperation.Increment increment(Bytes key, long delta, long initial) {
    return new KvOperation.Increment(key, delta, initial, Ttl.NONE, Precondition.NONE, null);
  }

  private static KvOperation.Delete delete(Bytes key, Precondition precondition) {
    return new KvOperation.Delete(key, precondition, null);
  }

  private static KvOperation get(Bytes key, @Nullable Fence fence) {
    return new KvOperation.Get(key, Precondition.NONE, fence);
  }

  private static KvOperation transaction(KvOperation... operations) {
    return new KvOperation.Transaction(
        List.of(),
        List.of(operations).stream().map(each -> new KvOperation.Step(each, List.of())).toList(),
        null);
  }

  @Test
  void versionsRiseOverDeleteAndReCreation() {
    assertThat(run(put(A, "1", Ttl.NONE))).isEqualTo(new KvResult.Stored(true, 1, 0));
    assertThat(run(put(B, "1", Ttl.NONE))).isEqualTo(new KvResult.Stored(true, 2, 0));
    assertThat(run(delete(A, Precondition.NONE))).isEqualTo(new KvResult.Deleted(true, 3));
    assertThat(run(delete(A, Precondition.NONE))).isEqualTo(new KvResult.Deleted(false, 0));
    assertThat(run(put(A, "2", Ttl.NONE))).isEqualTo(new KvResult.Stored(true, 4, 0));
  }

  @Test
  void aKeyIsAbsentAtItsDeadlineAndNotBefore() {
    run(put(A, "1", Ttl.after(100)));
    millis += 99;
    assertThat(run(get(A, null)))
        .isEqualTo(
            new KvResult.Found(
                new KvEntry(A, Bytes.utf8("1"), Map.of(), 1, WALL + 5_000, WALL + 5_000, 5_100),
                1));
    millis += 1;
    assertThat(run(get(A, null))).isEqualTo(new KvResult.Absent());
    assertThat(run(delete(A, Precondition.NONE))).isEqualTo(new KvResult.Deleted(false, 0));
    assertThat(run(new KvOperation.Touch(A, Ttl.NONE, Precondition.NONE, null)))
        .isEqualTo(new KvResult.Absent());
  }

  @Test
  void theEndOfAnExpiredKeyComesBeforeItsSuccessor() {
    run(put(A, "old", Ttl.after(100)));
    millis += 100;
    KvGroup group = group();

    KvResult result = group.run(put(A, "new", Ttl.KEEP), KvMarks.Proof.NOT_ASKED);

    assertThat(result).isEqualTo(new KvResult.Stored(true, 3, 0));
    var entry = new KvEntry(A, Bytes.utf8("new"), Map.of(), 3, WALL + millis, WALL + millis, 0);
    assertThat(group.changes())
        .containsExactly(new KvChange.Removed(A, 2, true), new KvChange.Written(entry, true));
  }

  @Test
  void aConflictTellsTheVersionThatTheKeyHasAfterAll() {
    run(put(A, "word", Ttl.NONE));

    KvResult result = run(transaction(put(A, "other word", Ttl.NONE), increment(A, 1, 0)));

    assertThat(result)
        .isEqualTo(
            new KvResult.Conflict(
                true, 1, 1, "operation 1: the value is not a decimal 64-bit integer"));
    assertThat(image.revision()).isEqualTo(1);
  }

  @Test
  void aConditionOfATransactionIsExplained() {
    run(put(A, "1", Ttl.NONE));
    var condition = new Condition(A, Condition.Kind.VERSION_MATCH, 7, Bytes.EMPTY);
    var step = new KvOperation.Step(put(A, "2", Ttl.NONE), List.of());

    assertThat(run(new KvOperation.Transaction(List.of(condition), List.of(step), null)))
        .isEqualTo(new KvResult.Conflict(false, 0, 1, "condition 0: version is 1, not 7"));
  }

  @Test
  void aTransactionWithoutRoomGivesBackWhatItTook() {
    run(put(A, "x".repeat(200), Ttl.NONE));
    long used = capacity.usedBytes();
    KvGroup group = group();

    KvResult result =
        group.run(
            transaction(
                put(B, "y".repeat(300), Ttl.NONE), put(Bytes.utf8("c"), "z".repeat(300), Ttl.NONE)),
            KvMarks.Proof.NOT_ASKED);

    assertThat(result).isEqualTo(new KvResult.StorageFull("shard", used + 96 + 1 + 300, 800));
    assertThat(group.changes()).isEmpty();
    assertThat(capacity.usedBytes()).isEqualTo(used).isEqualTo(96 + 1 + 200);
    assertThat(group.run(get(B, null), KvMarks.Proof.NOT_ASKED)).isEqualTo(new KvResult.Absent());
    assertThat(group.run(put(B, "1", Ttl.NONE), KvMarks.Proof.NOT_ASKED))
        .isEqualTo(new KvResult.Stored(true, 2, 0));
  }

  @Test
  void aFullNodeRefusesWhatGrowsAndNothingElse() {
    capacity.count(1_000);
    assertThat(run(put(A, "1", Ttl.NONE)))
        .isEqualTo(new KvResult.StorageFull("node", 1_000, 1_000));
    capacity.count(-97 - 4);
    run(put(A, "1234", Ttl.NONE));
    assertThat(capacity.usedBytes()).isEqualTo(1_000);

    assertThat(run(put(A, "12345", Ttl.NONE)))
        .isEqualTo(new KvResult.StorageFull("node", 1_000, 1_000));
    assertThat(run(put(A, "4321", Ttl.NONE))).isEqualTo(new KvResult.Stored(false, 2, 0));
    assertThat(run(new KvOperation.Touch(A, Ttl.after(10), Precondition.NONE, null)))
        .isEqualTo(new KvResult.Touched(2, millis + 10));
    assertThat(run(delete(A, Precondition.NONE))).isEqualTo(new KvResult.Deleted(true, 3));
    assertThat(capacity.usedBytes()).isEqualTo(1_000 - 101);
  }

  @Test
  void onlyWholeDecimalNumbersAreCounted() {
    assertThat(run(increment(A, 3, 4))).isEqualTo(new KvResult.Counted(true, 7, 1));
    assertThat(run(increment(A, -10, 4))).isEqualTo(new KvResult.Counted(false, -3, 2));
    for (String word :
        List.of("", "-", "-0", "+1", "01", " 1", "1 ", "1.0", "٣", "9223372036854775808")) {
      assertThat(RedisNumbers.integer(Bytes.utf8(word))).as(word).isNull();
    }
    assertThat(RedisNumbers.integer(Bytes.utf8("-9223372036854775808"))).isEqualTo(Long.MIN_VALUE);
    assertThat(run(increment(B, 1, Long.MAX_VALUE))).isEqualTo(new KvResult.Overflow());
    assertThat(run(increment(B, Long.MIN_VALUE, -1))).isEqualTo(new KvResult.Overflow());
  }

  @Test
  void aMarkRisesWhateverBecomesOfTheRest() {
    var newer = new Fence("lock", 2);
    var refused = new KvOperation.Delete(A, new Precondition(Precondition.ANY, List.of()), newer);
    assertThat(run(refused)).isEqualTo(new KvResult.PreconditionFailed(0));

    assertThat(run(get(A, new Fence("lock", 1)))).isEqualTo(new KvResult.StaleFence(2));
    assertThat(run(get(A, newer))).isEqualTo(new KvResult.Absent());
    assertThat(KvGroup.raisesNothing(get(A, newer), image, rules.marks())).isTrue();
    assertThat(KvGroup.raisesNothing(get(A, new Fence("lock", 3)), image, rules.marks())).isFalse();
    assertThat(KvGroup.raisesNothing(get(A, null), image, rules.marks())).isTrue();
  }

  @Test
  void aTokenNobodyWasGivenIsUnknown() {
    rules = new KvGroup.Rules(800, new KvMarks.Rules(10, true, String::length));
    KvGroup group = group();
    KvOperation read = get(A, new Fence("lock", 5));

    assertThat(group.mustAsk(read, KvMarks.Proof.NOT_ASKED)).isTrue();
    assertThat(group.mustAsk(read, KvMarks.Proof.DEAD)).isFalse();
    assertThat(group.run(read, KvMarks.Proof.DEAD)).isEqualTo(new KvResult.UnknownFence());
    assertThat(group.changes()).isEmpty();
    assertThat(group.run(read, KvMarks.Proof.LIVE)).isEqualTo(new KvResult.Absent());
    assertThat(group.changes()).containsExactly(new KvChange.Marked("lock", 5));
    assertThat(group.mustAsk(read, KvMarks.Proof.NOT_ASKED)).isFalse();
  }
}
