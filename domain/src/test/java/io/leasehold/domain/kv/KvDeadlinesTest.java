package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Deadlines of a shard whose entries come, change and go. */
class KvDeadlinesTest {
  private final KvImage image = new KvImage(new KvImage.HistoryBounds(0, 0));
  private final KvDeadlines deadlines = new KvDeadlines(image);

  private void apply(KvChange change) {
    image.apply(change);
    deadlines.apply(change, image);
  }

  private void write(Bytes key, long expiresAt) {
    long version = image.revision() + 1;
    apply(
        new KvChange.Written(
            new KvEntry(key, Bytes.EMPTY, Map.of(), version, 1, 1, expiresAt), false));
  }

  @Test
  void aDeadlineThatIsKeptIsTakenOnce() {
    var key = Bytes.utf8("k");
    write(key, 100);
    write(key, 100);
    write(Bytes.utf8("l"), 100);
    write(key, 100);

    assertThat(deadlines.takeDue(image, 99, 10)).isEmpty();
    assertThat(deadlines.takeDue(image, 100, 10)).containsExactlyInAnyOrder(key, Bytes.utf8("l"));
    assertThat(deadlines.takeDue(image, 100, 10)).isEmpty();
    assertThat(deadlines.nextMillis(image)).isZero();
  }

  @Test
  void whatWasNotRemovedIsTakenAgain() {
    var key = Bytes.utf8("k");
    write(key, 100);
    List<Bytes> taken = deadlines.takeDue(image, 100, 10);
    apply(new KvChange.Touched(key, 200));
    deadlines.putBack(image, taken);

    assertThat(deadlines.takeDue(image, 199, 10)).isEmpty();
    assertThat(deadlines.takeDue(image, 200, 10)).containsExactly(key);
    assertThat(deadlines.takeDue(image, 200, 10)).isEmpty();
  }

  @Test
  void earlierDeadlinesOfManyOverwritesDoNotHideTheLast() {
    var key = Bytes.utf8("k");
    for (int i = 1; i <= 5_000; i++) {
      write(key, i);
    }
    assertThat(deadlines.nextMillis(image)).isEqualTo(5_000);
    apply(new KvChange.Touched(key, 0));
    assertThat(deadlines.nextMillis(image)).isZero();
  }

  /** Enough changes of few keys to have stale deadlines thrown out several times. */
  @Property(tries = 40)
  void theEarliestComeFirst(@ForAll Random random) {
    var model = new TreeMap<Bytes, Long>();
    var shard = new KvImage(new KvImage.HistoryBounds(0, 0));
    var dues = new KvDeadlines(shard);
    long now = 0;
    for (int i = 0; i < 4_000; i++) {
      now += random.nextInt(2);
      var key = Bytes.utf8("k" + random.nextInt(30));
      long deadline = random.nextInt(4) == 0 ? 0 : now + 1 + random.nextInt(300);
      KvChange change;
      if (!model.containsKey(key) || random.nextInt(3) > 0) {
        long version = shard.revision() + 1;
        change =
            new KvChange.Written(
                new KvEntry(key, Bytes.EMPTY, Map.of(), version, 1, 1, deadline), false);
        model.put(key, deadline);
      } else if (random.nextBoolean()) {
        change = new KvChange.Touched(key, deadline);
        model.put(key, deadline);
      } else {
        change = new KvChange.Removed(key, shard.revision() + 1, false);
        model.remove(key);
      }
      shard.apply(change);
      dues.apply(change, shard);
      long next = model.values().stream().filter(each -> each > 0).min(Long::compare).orElse(0L);
      assertThat(dues.nextMillis(shard)).isEqualTo(next);
      int max = 1 + random.nextInt(3);
      List<Bytes> taken = dues.takeDue(shard, now, max);
      long time = now;
      long due = model.values().stream().filter(each -> each > 0 && each <= time).count();
      assertThat(taken).doesNotHaveDuplicates().hasSize((int) Math.min(max, due));
      if (random.nextInt(3) == 0) {
        dues.putBack(shard, taken);
      } else {
        for (Bytes each : taken) {
          assertThat(model.remove(each)).isBetween(1L, now);
          var removed = new KvChange.Removed(each, shard.revision() + 1, true);
          shard.apply(removed);
          dues.apply(removed, shard);
        }
      }
    }
  }
}
