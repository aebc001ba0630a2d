package io.leasehold.domain.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SourceNameTest {
  @Test
  void whatIsPlainStays() {
    assertThat(SourceName.encode("my-service_1.2")).isEqualTo("my-service_1.2");
  }

  @Test
  void everythingElseIsPercentEncoded() {
    assertThat(SourceName.encode("../evil")).isEqualTo("%2E.%2Fevil");
    assertThat(SourceName.encode("..")).isEqualTo("%2E.");
    assertThat(SourceName.encode("a~b%c d")).isEqualTo("a%7Eb%25c%20d");
    assertThat(SourceName.encode("ä\0")).isEqualTo("%C3%A4%00");
  }

  @Test
  void aLongNameEndsInADigest() {
    assertThat(SourceName.encode("x".repeat(128))).isEqualTo("x".repeat(128));
    assertThat(SourceName.encode("x".repeat(129)))
        .startsWith("x".repeat(100) + "~")
        .hasSize(117)
        .isNotEqualTo(SourceName.encode("x".repeat(130)));
  }

  @Property
  void noNameLeavesItsDirectory(@ForAll String source) {
    assertThat(SourceName.encode(source))
        .matches("([A-Za-z0-9_%-][A-Za-z0-9._%-]*(~[0-9a-f]{16})?)?")
        .hasSizeLessThanOrEqualTo(128);
  }

  @Property
  void noTwoSourcesShareAName(@ForAll String one, @ForAll String other) {
    boolean wellFormed =
        one.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF)
            && other.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
    if (wellFormed) {
      assertThat(SourceName.encode(one).equals(SourceName.encode(other)))
          .isEqualTo(one.equals(other));
    }
  }
}
