package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** A cursor gives its key back for its own prefix and is nothing else. */
class KvCursorTest {
  @Property(tries = 200)
  void aCursorGivesItsKeyBack(
      @ForAll @Size(max = 60) byte[] key, @ForAll @Size(max = 9) byte[] prefix) {
    Bytes last = Bytes.of(key);
    Bytes begin = Bytes.of(prefix);
    String cursor = KvCursor.behind(last, begin);
    assertThat(cursor).matches("[A-Za-z0-9_-]+");
    assertThat(KvCursor.lastKey(cursor, begin)).isEqualTo(last);
  }

  @Property(tries = 200)
  void oneFlippedBitMakesItNone(
      @ForAll @Size(max = 60) byte[] key,
      @ForAll @Size(max = 9) byte[] prefix,
      @ForAll @IntRange(max = 1_000_000) int bit) {
    byte[] bytes = Base64.getUrlDecoder().decode(KvCursor.behind(Bytes.of(key), Bytes.of(prefix)));
    int flipped = bit % (bytes.length * 8);
    bytes[flipped / 8] ^= (byte) (1 << flipped % 8);
    String cursor = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    assertThat(KvCursor.lastKey(cursor, Bytes.of(prefix))).isNull();
  }

  @Property(tries = 200)
  void anotherPrefixMakesItNone(@ForAll @Size(max = 60) byte[] key, @ForAll Random random) {
    String text = "p".repeat(random.nextInt(4));
    String cursor = KvCursor.behind(Bytes.of(key), Bytes.utf8(text));
    assertThat(KvCursor.lastKey(cursor, Bytes.utf8(text + "p"))).isNull();
    assertThat(KvCursor.lastKey(cursor, Bytes.utf8(text + "\0"))).isNull();
    assertThat(KvCursor.lastKey(cursor, Bytes.utf8("q" + text))).isNull();
  }

  @Test
  void garbageIsNone() {
    for (String garbage : new String[] {"", "A", "AQ", "AQAAAA", "%%%", "a b", "AQ==", "☃"}) {
      assertThat(KvCursor.lastKey(garbage, Bytes.EMPTY)).as(garbage).isNull();
    }
  }
}
