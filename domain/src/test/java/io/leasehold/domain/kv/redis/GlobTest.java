package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "*, abc, true",
        "*, \"\", true",
        "**, \"\", false", // as in Redis
        "\"\", \"\", true",
        "\"\", a, false",
        "a?c, abc, true",
        "a?c, ac, false",
        "a*c, abbbc, true",
        "a*c, abbb, false",
        "a*b*c, axbxbxc, true",
        "a**, a, true",
        "[a-c]x, bx, true",
        "[c-a]x, bx, true",
        "[a-c]x, dx, false",
        "[^a-c]x, dx, true",
        "[^a]x, ax, false",
        "[abc, b, true",
        "[a-, a, true",
        "[a-, -, true",
        "[\\]]x, ]x, true",
        "[], a, false",
        "[^], a, true",
        "a\\*, a*, true",
        "a\\*, ab, false",
        "a\\, a\\, true",
      })
  void matchesAsRedisDoes(String pattern, String string, boolean matches) {
    assertThat(Glob.matches(Bytes.utf8(pattern), Bytes.utf8(string))).isEqualTo(matches);
  }

  @Test
  void manyStarsCostLittle() {
    Bytes pattern = Bytes.utf8("a*".repeat(5_000) + "b");

    assertThat(Glob.matches(pattern, Bytes.utf8("a".repeat(6_000)))).isFalse();
  }

  @Test
  void bytesAreNotCharacters() {
    Bytes umlaut = Bytes.utf8("ä");

    assertThat(Glob.matches(Bytes.utf8("?"), umlaut)).isFalse();
    assertThat(Glob.matches(Bytes.utf8("??"), umlaut)).isTrue();
    assertThat(
            Glob.matches(Bytes.of(new byte[] {'[', -10, '-', -1, ']'}), Bytes.of(new byte[] {-5})))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "user:*, user:",
    "user:1, user:1",
    "'*', ''",
    "a?b, a",
    "a[bc], a",
    "a\\*b*, a*b",
    "a\\, a\\",
  })
  void literalStart(String pattern, String start) {
    assertThat(Glob.literalStart(Bytes.utf8(pattern))).isEqualTo(Bytes.utf8(start));
  }
}
