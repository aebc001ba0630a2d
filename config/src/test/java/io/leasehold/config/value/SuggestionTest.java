package io.leasehold.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
  @ParameterizedTest
  @CsvSource({
    "port, port, 0",
    "prot, port, 1",
    "por, port, 1",
    "porrt, port, 1",
    "pirt, port, 1",
    "port, lock.port, 1",
    "'', ab, 2",
    "kitten, sitting, 3"
  })
  void editsAreCounted(String name, String known, int edits) {
    assertThat(Suggestion.distance(name, known)).isEqualTo(edits);
  }

  @Test
  void theNearestIsOffered() {
    var known = List.of("lock.port", "lock.host", "monitor.port");

    assertThat(Suggestion.unknown("", "lock.prt", known))
        .isEqualTo("lock.prt: unknown key; did you mean lock.port?");
    assertThat(Suggestion.unknown("a[0].", "zzzzzzzz", known))
        .isEqualTo("a[0].zzzzzzzz: unknown key; the nearest known key is a[0].lock.port");
  }

  @Test
  void aVeryLongNameIsCut() {
    var line = Suggestion.unknown("", "x".repeat(1_000_000), List.of("lock.port"));

    assertThat(line)
        .isEqualTo("x".repeat(64) + "…: unknown key; the nearest known key is lock.port");
  }
}
