package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Pages put together are all that live, in the order of unsigned bytes. */
class KvListingTest {
  private static final long NOW = 1_000;
  private static final byte[] ALPHABET = {0, 1, 'a', 'b', 0x7f, (byte) 0x80, (byte) 0xff};

  private static KvEntry entry(Bytes key, int valueSize, long expiresAt) {
    return new KvEntry(key, Bytes.of(new byte[valueSize]), Map.of(), 1, 1, 1, expiresAt);
  }

  private static KvImage image(Iterable<KvEntry> entries) {
    var list = new ArrayList<KvEntry>();
    entries.forEach(list::add);
    return KvImage.of(new KvImage.HistoryBounds(0, 0), list, 1, 0, Map.of(), Map.of());
  }

  private static Bytes bytes(int... values) {
    byte[] array = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      array[i] = (byte) values[i];
    }
    return Bytes.of(array);
  }

  private static Bytes random(Random random, int maxLength) {
    byte[] array = new byte[random.nextInt(maxLength + 1)];
    for (int i = 0; i < array.length; i++) {
      array[i] = ALPHABET[random.nextInt(ALPHABET.length)];
    }
    return Bytes.of(array);
  }

  private static int unsigned(Bytes left, Bytes right) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int difference = (left.array()[i] & 0xff) - (right.array()[i] & 0xff);
      if (difference != 0) {
        return difference;
      }
    }
    return left.size() - right.size();
  }

  @Property(tries = 300)
  void pagesTogetherAreAllThatLives(
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 9) int limit,
      @ForAll @IntRange(max = 40) int maxBytes,
      @ForAll boolean keysOnly) {
    var entries = new ArrayList<KvEntry>();
    for (int i = random.nextInt(40); i >= 0; i--) {
      long expiresAt = List.of(0L, NOW - 1, NOW, NOW + 1).get(random.nextInt(4));
      entries.add(entry(random(random, 4), random.nextInt(20), expiresAt));
    }
    KvImage image = image(entries);
    Bytes prefix = random(random, 2);
    List<KvEntry> expected =
        image.entries().values().stream()
            .filter(each -> each.expiresAtMillis() == 0 || each.expiresAtMillis() > NOW)
            .filter(each -> startsWith(each.key(), prefix))
            .sorted((left, right) -> unsigned(left.key(), right.key()))
            .toList();

    var found = new ArrayList<KvEntry>();
    Bytes behind = null;
    boolean more = true;
    while (more) {
      var query = new KvListing.Query(prefix, behind, limit, maxBytes, keysOnly);
      KvPage page = KvListing.page(image, query, NOW);
      found.addAll(page.entries());
      more = page.more();
      assertThat(more).isEqualTo(found.size() < expected.size());
      assertThat(page.entries().size()).isLessThanOrEqualTo(limit);
      long bytes = page.entries().stream().mapToLong(each -> each.value().size()).sum();
      assertThat(page.entries().size() <= 1 || bytes <= maxBytes).isTrue();
      if (more) {
        assertFull(page, expected.get(found.size()), query);
        behind =
            KvCursor.lastKey(KvCursor.behind(found.get(found.size() - 1).key(), prefix), prefix);
      }
    }
    assertThat(found.stream().map(KvEntry::key).toList())
        .isEqualTo(expected.stream().map(KvEntry::key).toList());
    if (keysOnly) {
      assertThat(found).allSatisfy(each -> assertThat(each.value()).isEqualTo(Bytes.EMPTY));
    } else {
      assertThat(found).isEqualTo(expected);
    }
  }

  /** A page that says "more" had no room for the next. */
  private static void assertFull(KvPage page, KvEntry next, KvListing.Query query) {
    long bytes = page.entries().stream().mapToLong(each -> each.value().size()).sum();
    assertThat(
            page.entries().size() == query.limit()
                || (!query.keysOnly() && bytes + next.value().size() > query.maxBytes()))
        .isTrue();
  }

  private static boolean startsWith(Bytes key, Bytes prefix) {
    return key.size() >= prefix.size()
        && Arrays.equals(Arrays.copyOf(key.array(), prefix.size()), prefix.array());
  }

  private static List<Bytes> keys(KvImage image, Bytes prefix, @Nullable Bytes behind) {
    var query = new KvListing.Query(prefix, behind, 100, 100, true);
    return KvListing.page(image, query, NOW).entries().stream().map(KvEntry::key).toList();
  }

  @Test
  void aPrefixOfTheLastBytesHasAnEndToo() {
    var keys = new TreeSet<Bytes>();
    for (Bytes key :
        List.of(
            bytes(0xfe), bytes(0xff), bytes(0xff, 0), bytes(0xff, 0xff), bytes(0xff, 0xff, 1))) {
      keys.add(key);
    }
    KvImage image = image(keys.stream().map(each -> entry(each, 0, 0)).toList());

    assertThat(keys(image, bytes(0xff), null))
        .containsExactly(bytes(0xff), bytes(0xff, 0), bytes(0xff, 0xff), bytes(0xff, 0xff, 1));
    assertThat(keys(image, bytes(0xff, 0xff), null))
        .containsExactly(bytes(0xff, 0xff), bytes(0xff, 0xff, 1));
    assertThat(keys(image, bytes(0xff, 0xff, 0xff), null)).isEmpty();
    assertThat(keys(image, bytes(0xff), bytes(0xff, 0))).hasSize(2);
  }

  @Test
  void aPageCanStartOutsideOfItsPrefix() {
    KvImage image =
        image(List.of(entry(bytes('a'), 0, 0), entry(bytes('b'), 0, 0), entry(bytes('c'), 0, 0)));
    assertThat(keys(image, bytes('b'), bytes('a'))).containsExactly(bytes('b'));
    assertThat(keys(image, bytes('b'), bytes('b'))).isEmpty();
    assertThat(keys(image, bytes('b'), bytes('c'))).isEmpty();
  }

  @Test
  void theOrderIsThatOfBytesAndNotOfChars() {
    var beyond = Bytes.utf8("\ud83d\ude00"); // f0 9f 98 80, in chars before the next
    var fullwidth = Bytes.utf8("\uff5e"); // ef bd 9e
    KvImage image = image(List.of(entry(beyond, 0, 0), entry(fullwidth, 0, 0)));
    assertThat(keys(image, Bytes.EMPTY, null)).containsExactly(fullwidth, beyond);
  }

  @Test
  void moreCountsOnlyWhatLives() {
    KvImage image = image(List.of(entry(bytes('a'), 0, 0), entry(bytes('b'), 0, NOW)));
    var query = new KvListing.Query(Bytes.EMPTY, null, 1, 100, false);
    assertThat(KvListing.page(image, query, NOW).more()).isFalse();
    assertThat(KvListing.page(image, query, NOW - 1).more()).isTrue();
  }
}
