package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What is kept of the past: the longest end of it that both bounds allow. */
class KvHistoryTest {
  private static KvChange change(long revision, int keySize) {
    return new KvChange.Removed(Bytes.utf8("k".repeat(keySize)), revision, false);
  }

  @Property(tries = 200)
  void theLongestEndWithinBothBoundsIsKept(
      @ForAll Random random,
      @ForAll @IntRange(max = 70) int maxEvents,
      @ForAll @IntRange(max = 6_000) int maxBytes,
      @ForAll @IntRange(max = 1_000) int behind) {
    var history = new KvHistory(maxEvents, maxBytes, behind);
    var all = new ArrayList<KvChange>();
    for (int i = 0; i < 150; i++) {
      KvChange change = change(behind + all.size() + 1, random.nextInt(200));
      history.add(change);
      history.add(new KvChange.Marked("lock", 1)); // has no revision
      all.add(change);

      int kept = 0;
      for (long bytes = 0; kept < all.size() && kept < maxEvents; kept++) {
        bytes += all.get(all.size() - 1 - kept).weight();
        if (bytes > maxBytes) {
          break;
        }
      }
      assertThat(history.lastRevision()).isEqualTo(behind + all.size());
      assertThat(history.trimmedTo()).isEqualTo(behind + all.size() - kept);
      long from = history.trimmedTo() + random.nextInt(kept + 1);
      int max = random.nextInt(20);
      int first = (int) (from - behind);
      assertThat(history.behind(from, max))
          .isEqualTo(all.subList(first, Math.min(all.size(), first + max)));
    }
  }

  @Test
  void whatIsNotKeptCannotBeAskedFor() {
    var history = new KvHistory(2, 1_000, 10);
    for (int revision = 11; revision <= 14; revision++) {
      history.add(change(revision, 1));
    }
    assertThat(history.behind(12, 9)).isEqualTo(List.of(change(13, 1), change(14, 1)));
    assertThat(history.behind(14, 9)).isEmpty();
    assertThatThrownBy(() -> history.behind(11, 9))
        .hasMessage("revision 11: what follows is not kept, only from 13");
  }

  @Test
  void aHoleIsNotTaken() {
    var history = new KvHistory(2, 1_000, 10);
    assertThatThrownBy(() -> history.add(change(12, 1))).hasMessage("revision 12 follows 10");
    assertThatThrownBy(() -> history.add(change(10, 1))).hasMessage("revision 10 follows 10");
    history.add(change(11, 1));
    assertThat(history.behind(10, 9)).isEqualTo(List.of(change(11, 1)));
  }

  @Test
  void aCopyDoesNotFollow() {
    var history = new KvHistory(5, 1_000, 0);
    history.add(change(1, 1));
    KvHistory copy = history.copy();
    history.add(change(2, 2));
    copy.add(change(2, 3));
    assertThat(history.behind(0, 9)).isEqualTo(List.of(change(1, 1), change(2, 2)));
    assertThat(copy.behind(0, 9)).isEqualTo(List.of(change(1, 1), change(2, 3)));
  }

  @Test
  void theStoreOfABackupHasNoPast() {
    var image = new KvImage(new KvImage.HistoryBounds(10, 1_000));
    image.apply(change(1, 1));
    image.apply(new KvChange.EpochBegun(77));
    assertThat(image.epoch()).isEqualTo(77);
    assertThat(image.revision()).isEqualTo(1);
    assertThat(image.history().trimmedTo()).isEqualTo(1);
    image.apply(change(2, 1));
    assertThat(image.history().behind(1, 9)).isEqualTo(List.of(change(2, 1)));
  }
}
