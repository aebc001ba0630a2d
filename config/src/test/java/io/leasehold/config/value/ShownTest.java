package io.leasehold.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShownTest {
  @Test
  void sixtyFourCharactersAreShown() {
    assertThat(Shown.value("x".repeat(64))).isEqualTo("x".repeat(64));
    assertThat(Shown.value("x".repeat(65))).isEqualTo("x".repeat(64) + "…");
  }

  @Test
  void aPairOfSurrogatesIsNotCutInTwo() {
    assertThat(Shown.value("x".repeat(63) + "😀")).isEqualTo("x".repeat(63) + "…");
  }

  @Test
  void whatChangesATerminalIsEscaped() {
    assertThat(Shown.whole("a\nb\r\t\u0000\u001b\u007f\u202e\u2028é"))
        .isEqualTo("a\\nb\\r\\t\\u0000\\u001b\\u007f\\u202e\\u2028é");
  }

  @Test
  void passwordsInsideOfUrlsAreMasked() {
    assertThat(Shown.whole("jdbc:h2:mem:x;USER=sa;PASSWORD=p w;MODE=x"))
        .isEqualTo("jdbc:h2:mem:x;USER=sa;PASSWORD=***;MODE=x");
    assertThat(Shown.whole("https://u:p:q@h/?api_key=k&a=1"))
        .isEqualTo("https://u:***@h/?api_key=***&a=1");
  }

  @Test
  void valuesOfOtherKindsHaveTheirOwnForm() {
    assertThat(Shown.whole(Duration.ofMillis(90_000))).isEqualTo("90s");
    assertThat(Shown.whole("")).isEqualTo("\"\"");
    assertThat(Shown.whole(List.of("a", ""))).isEqualTo("[a, \"\"]");
    assertThat(Shown.whole(new Secret("x"))).isEqualTo("***");
  }
}
