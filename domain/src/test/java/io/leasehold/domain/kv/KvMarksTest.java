package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Fencing marks under a bound. What matters: a token older than one that has been here passes only
 * if its lock vouches for it.
 */
class KvMarksTest {
  private static final Bytes KEY = Bytes.utf8("k");
  private static final int PARTITIONS = 2;
  private static final int MAX_GROUP = 4;

  private final KvImage image = new KvImage(new KvImage.HistoryBounds(0, 0));

  private static int partition(String lock) {
    return Integer.parseInt(lock) % PARTITIONS;
  }

  private static KvMarks.Rules rules(int maxMarks, boolean verifyIssued) {
    return new KvMarks.Rules(maxMarks, verifyIssued, KvMarksTest::partition);
  }

  private static KvOperation read(String lock, long token) {
    return new KvOperation.Get(KEY, Precondition.NONE, new Fence(lock, token));
  }

  private static KvGroup group(KvImage image, KvMarks.Rules rules) {
    return new KvGroup(
        image, new KvTime(1, 1), new KvGroup.Rules(1_000, rules), new KvCapacity(1_000));
  }

  private KvResult run(KvMarks.Rules rules, String lock, long token, KvMarks.Proof proof) {
    KvGroup group = group(image, rules);
    KvResult result = group.run(read(lock, token), proof);
    group.changes().forEach(image::apply);
    return result;
  }

  /**
   * Locks give out rising tokens per partition; holders, dead and alive, come in any order. The
   * model remembers everything, the marks only so many.
   */
  @Property(tries = 300)
  void nothingOlderPassesUnasked(
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 6) int maxMarks,
      @ForAll boolean verifyIssued) {
    var shard = new KvImage(new KvImage.HistoryBounds(0, 0));
    var follower = new KvImage(new KvImage.HistoryBounds(0, 0));
    KvMarks.Rules rules = rules(maxMarks, verifyIssued);
    Map<String, Long> seen = new HashMap<>();
    Map<String, List<Long>> issued = new HashMap<>();
    long[] counters = new long[PARTITIONS];
    for (int i = 0; i < 60; i++) {
      KvGroup group = group(shard, rules);
      Map<String, Long> seenBefore = new HashMap<>(seen);
      for (int n = random.nextInt(MAX_GROUP + 1); n > 0; n--) {
        String lock = Integer.toString(random.nextInt(10));
        List<Long> tokens = issued.computeIfAbsent(lock, any -> new ArrayList<>());
        if (tokens.isEmpty() || random.nextBoolean()) {
          tokens.add(++counters[partition(lock)]);
        }
        long newest = tokens.get(tokens.size() - 1);
        long token = random.nextBoolean() ? newest : tokens.get(random.nextInt(tokens.size()));
        boolean live = token == newest; // its lock gave no later one out
        KvOperation operation = read(lock, token);
        boolean asks = group.mustAsk(operation, KvMarks.Proof.NOT_ASKED);
        KvMarks.Proof proof =
            asks ? live ? KvMarks.Proof.LIVE : KvMarks.Proof.DEAD : KvMarks.Proof.NOT_ASKED;
        assertThat(group.mustAsk(operation, proof)).isFalse();
        KvResult result = group.run(operation, proof);
        long before = seen.getOrDefault(lock, 0L);
        if (token < before) {
          assertThat(result).isInstanceOf(KvResult.StaleFence.class);
        } else if (token == before) {
          // asked after its mark was pushed out, it may have died meanwhile
          assertThat(result instanceof KvResult.Absent || (asks && !live)).isTrue();
        } else if (live) {
          assertThat(result).isEqualTo(new KvResult.Absent());
        }
        if (verifyIssued && token > before && !live) {
          assertThat(result).isNotEqualTo(new KvResult.Absent());
        }
        if (result.equals(new KvResult.Absent())) {
          seen.put(lock, token);
        }
      }
      if (random.nextInt(5) == 0) {
        group.drop();
        seen.clear();
        seen.putAll(seenBefore);
        continue;
      }
      group.changes().forEach(shard::apply);
      group.changes().forEach(follower::apply);
      assertThat(shard.marks().size()).isLessThanOrEqualTo(Math.max(maxMarks, MAX_GROUP));
      shard.marks().tokens().forEach((lock, token) -> assertThat(seen).containsEntry(lock, token));
      var unmarked = new HashSet<>(seen.keySet());
      unmarked.removeAll(shard.marks().tokens().keySet());
      for (String lock : unmarked) {
        assertThat(shard.marks().floors().get(partition(lock)))
            .isGreaterThanOrEqualTo(seen.getOrDefault(lock, 0L));
      }
      assertThat(follower.marks().tokens()).isEqualTo(shard.marks().tokens());
      assertThat(follower.marks().floors()).isEqualTo(shard.marks().floors());
    }
  }

  @Test
  void theLeastRecentlyUsedMarkGoesAndLeavesAFloor() {
    KvMarks.Rules rules = rules(2, false);
    run(rules, "1", 10, KvMarks.Proof.NOT_ASKED);
    run(rules, "3", 11, KvMarks.Proof.NOT_ASKED);
    run(rules, "1", 10, KvMarks.Proof.NOT_ASKED); // used again
    run(rules, "5", 12, KvMarks.Proof.NOT_ASKED);

    assertThat(image.marks().tokens()).isEqualTo(Map.of("1", 10L, "5", 12L));
    assertThat(image.marks().floors()).isEqualTo(Map.of(1, 11L));
    assertThat(run(rules, "3", 11, KvMarks.Proof.DEAD)).isEqualTo(new KvResult.StaleFence(11));
    assertThat(run(rules, "3", 11, KvMarks.Proof.LIVE)).isEqualTo(new KvResult.Absent());
    assertThat(group(image, rules).mustAsk(read("2", 1), KvMarks.Proof.NOT_ASKED)).isFalse();
  }

  @Test
  void aMarkEvictedInAGroupCanComeBackInIt() {
    KvMarks.Rules rules = rules(1, false);
    run(rules, "1", 10, KvMarks.Proof.NOT_ASKED);
    KvGroup group = group(image, rules);
    group.run(read("3", 11), KvMarks.Proof.NOT_ASKED);

    assertThat(group.mustAsk(read("1", 10), KvMarks.Proof.NOT_ASKED)).isTrue();
    assertThat(group.run(read("1", 10), KvMarks.Proof.LIVE)).isEqualTo(new KvResult.Absent());
    group.changes().forEach(image::apply);

    assertThat(image.marks().tokens()).isEqualTo(Map.of("1", 10L, "3", 11L));
    run(rules, "5", 12, KvMarks.Proof.NOT_ASKED);
    run(rules, "7", 13, KvMarks.Proof.NOT_ASKED);
    assertThat(image.marks().size()).isLessThanOrEqualTo(2);
  }

  @Test
  void aForgottenMarkLeavesNothing() {
    KvMarks.Rules rules = rules(5, false);
    run(rules, "1", 1_000, KvMarks.Proof.NOT_ASKED); // invented
    assertThat(run(rules, "1", 7, KvMarks.Proof.NOT_ASKED))
        .isEqualTo(new KvResult.StaleFence(1_000));
    image.apply(new KvChange.MarkForgotten("1"));
    assertThat(run(rules, "1", 7, KvMarks.Proof.NOT_ASKED)).isEqualTo(new KvResult.Absent());
    assertThat(image.marks().floors()).isEmpty();
  }
}
