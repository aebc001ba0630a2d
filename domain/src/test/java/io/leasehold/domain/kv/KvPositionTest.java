package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Base64;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What a position must survive, and what must not pass for one. */
class KvPositionTest {
  private static final KvScope ALL = KvScope.ofPrefix(Bytes.EMPTY, 64);
  private static final KvScope TAGGED = KvScope.ofPrefix(Bytes.utf8("{o1}/"), 64);

  @Provide
  Arbitrary<long[]> revisions() {
    return Arbitraries.longs().between(0, (1L << 53) - 1).array(long[].class).ofSize(64);
  }

  @Property(tries = 200)
  void everyPositionComesBack(
      @ForAll("revisions") long[] revisions, @ForAll @Size(64) int[] tags, @ForAll boolean same) {
    if (same) {
      Arrays.fill(tags, tags[0]);
    }

    var read = KvPosition.decode(KvPosition.encode(ALL, tags, revisions), ALL);

    assertThat(read.revisions()).isEqualTo(revisions);
    assertThat(read.tags()).isEqualTo(tags);
  }

  @Property(tries = 300)
  void garbageIsNone(@ForAll String text, @ForAll byte[] bytes) {
    assertThat(KvPosition.decode(text, ALL)).isNull();
    assertThat(KvPosition.decode(Base64.getUrlEncoder().encodeToString(bytes), TAGGED)).isNull();
  }

  @Property(tries = 300)
  void flippedBitMakesItNone(@ForAll @IntRange(min = 0, max = 10_000) int which) {
    byte[] bytes =
        Base64.getUrlDecoder().decode(KvPosition.encode(TAGGED, new int[] {7}, new long[] {1_042}));
    int bit = which % (bytes.length * 8);
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));

    String changed = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);

    assertThat(KvPosition.decode(changed, TAGGED)).isNull();
  }

  @Test
  void positionOfAnotherScopeIsNone() {
    Bytes key = Bytes.utf8("{o1}/");
    String ofPrefix = KvPosition.encode(TAGGED, new int[] {7}, new long[] {1});

    assertThat(KvPosition.decode(ofPrefix, TAGGED)).isNotNull();
    assertThat(KvPosition.decode(ofPrefix, new KvScope(key, Bytes.EMPTY, 64))).isNull();
    assertThat(KvPosition.decode(ofPrefix, KvScope.ofPrefix(Bytes.utf8("{o1}/a"), 64))).isNull();
    assertThat(KvPosition.decode(ofPrefix, ALL)).isNull();
  }

  @Test
  void oneShardIsShortAndAllShardsOfAYoungStoreFitIntoAHeader() {
    var revisions = new long[64];
    Arrays.fill(revisions, 1_000_000);

    assertThat(KvPosition.encode(TAGGED, new int[] {7}, new long[] {1_042})).hasSize(20);
    assertThat(KvPosition.encode(ALL, new int[64], revisions).length()).isLessThan(300);
  }

  @Test
  void anotherStoreHasAnotherTag() {
    assertThat(KvPosition.tag("a", 0)).isNotEqualTo(KvPosition.tag("b", 0));
    assertThat(KvPosition.tag("a", 0)).isNotEqualTo(KvPosition.tag("a", 1));
    assertThat(KvPosition.tag("a", 1)).isEqualTo(KvPosition.tag("a", 1));
  }

  @Test
  void scopeKnowsItsShards() {
    assertThat(ALL.first()).isZero();
    assertThat(ALL.count()).isEqualTo(64);
    assertThat(TAGGED.count()).isEqualTo(1);
    assertThat(TAGGED.first()).isEqualTo(KvKeys.shardOf(Bytes.utf8("{o1}/any"), 64));
    assertThat(TAGGED.matches(Bytes.utf8("{o1}/any"))).isTrue();
    assertThat(TAGGED.matches(Bytes.utf8("{o1}"))).isFalse();
  }
}
