package io.leasehold.actors.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SnapshotPolicyTest {
  @Test
  void isDueAfterChangesInProportionToTheEntriesOrAfterBytes() {
    var policy = new SnapshotPolicy(100, 1_000);
    assertThat(policy.isDue(99, 999, 0)).isFalse();
    assertThat(policy.isDue(100, 0, 201)).isTrue();
    assertThat(policy.isDue(100, 0, 202)).isFalse();
    assertThat(policy.isDue(0, 1_000, 5_000)).isTrue();
  }

  /** In every tenth of the time there are about as many of them. */
  @Test
  void journalsThatBeginTogetherTakeTheirFirstSnapshotsOneAfterTheOther() {
    var policy = SnapshotPolicy.after(5_000);
    int[] tenths = new int[10];
    IntStream.range(0, 64).forEach(i -> tenths[(int) (policy.headStart("kv-" + i) / 250)]++);
    for (int count : tenths) {
      assertThat(count).as("in a tenth of 2,500 changes").isBetween(3, 12);
    }
  }

  @Test
  void whoNeverTakesOneHasNoneForItsHeadStart() {
    long start = SnapshotPolicy.NEVER.headStart("kv-1");
    assertThat(SnapshotPolicy.NEVER.isDue(start, 0, 0)).isFalse();
  }
}
