package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a backup brings, as a shard takes it. */
class KvImportTest {
  private static final KvTime NOW = new KvTime(1_000, 1_000);

  private final KvCapacity capacity = new KvCapacity(1_000_000);
  private final KvImage image = new KvImage(new KvImage.HistoryBounds(100, 100_000));
  private long limit = 100_000;

  private KvGroup group() {
    return new KvGroup(
        image, NOW, new KvGroup.Rules(limit, new KvMarks.Rules(16, false, lock -> 0)), capacity);
  }

  private void commit(KvGroup group) {
    group.changes().forEach(image::apply);
  }

  private static KvEntry entry(String key, String value, long expiresAt) {
    return new KvEntry(
        Bytes.utf8(key), Bytes.utf8(value), Map.of("owner", "ops"), 77, 5, 6, expiresAt);
  }

  @Test
  void entriesKeepTimesAndGetNewVersions() {
    var group = group();

    var outcome =
        KvImport.run(
            group,
            List.of(entry("a", "1", 0), entry("b", "2", 1_001), entry("c", "3", 1_000)),
            false);
    commit(group);

    assertThat(outcome).isEqualTo(new KvImport.Outcome(2, 0, 1, null));
    assertThat(image.get(Bytes.utf8("a")))
        .isEqualTo(
            new KvEntry(Bytes.utf8("a"), Bytes.utf8("1"), Map.of("owner", "ops"), 1, 5, 6, 0));
    assertThat(image.get(Bytes.utf8("b")).expiresAtMillis()).isEqualTo(1_001);
    assertThat(image.get(Bytes.utf8("c"))).isNull();
  }

  @Test
  void whatExistsIsSkippedOrOverwritten() {
    image.apply(new KvChange.Written(entry("a", "old", 0).withVersion(1), true));
    var skipping = group();
    assertThat(KvImport.run(skipping, List.of(entry("a", "new", 0)), false))
        .isEqualTo(new KvImport.Outcome(0, 1, 0, null));
    assertThat(skipping.changes()).isEmpty();

    var overwriting = group();
    assertThat(KvImport.run(overwriting, List.of(entry("a", "new", 0)), true))
        .isEqualTo(new KvImport.Outcome(1, 0, 0, null));
    commit(overwriting);

    assertThat(image.get(Bytes.utf8("a")).value()).isEqualTo(Bytes.utf8("new"));
    assertThat(image.get(Bytes.utf8("a")).version()).isEqualTo(2);
  }

  @Test
  void endsAtTheFirstThatFindsNoRoom() {
    limit = 250;

    var outcome =
        KvImport.run(
            group(), List.of(entry("a", "1", 0), entry("b", "2", 0), entry("c", "3", 0)), true);

    assertThat(outcome.restored()).isEqualTo(2);
    assertThat(outcome.full()).isEqualTo(new KvResult.StorageFull("shard", 212, 250));
  }

  @Test
  void clearingGoesStepByStepAndBeginsTheEpochWithTheLast() {
    for (int i = 1; i <= 5; i++) {
      image.apply(new KvChange.Written(entry("k" + i, "v", 0).withVersion(i), true));
    }
    capacity.count(image.accountedBytes());

    var first = group();
    assertThat(KvImport.clear(first, 99, 3)).isFalse();
    commit(first);
    assertThat(image.entries()).hasSize(2);
    assertThat(image.epoch()).isZero();

    var second = group();
    assertThat(KvImport.clear(second, 99, 3)).isTrue();
    commit(second);

    assertThat(image.entries()).isEmpty();
    assertThat(image.epoch()).isEqualTo(99);
    assertThat(image.revision()).isEqualTo(10);
    assertThat(image.history().trimmedTo()).isEqualTo(10);
    assertThat(capacity.usedBytes()).isZero();
  }
}
