package io.leasehold.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "5, 5000000",
    "5s, 5000000000",
    "500ms, 500000000",
    "1m30s, 90000000000",
    "1h, 3600000000000",
    "2 days, 172800000000000",
    "0.5s, 500000000",
    "1.5h, 5400000000000",
    "10us, 10000",
    "10µs, 10000",
    "7ns, 7",
    "-1s, -1000000000",
    "' 3 seconds ', 3000000000",
    "1 h 1 m, 3660000000000",
    "36500d, 3153600000000000000"
  })
  void areReadAsWritten(String text, long nanos) {
    assertThat(Durations.parse(text)).contains(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "s",
        "-",
        "5x",
        "5S",
        "1m30",
        "5 5s",
        "--5s",
        "+5s",
        "1e9s",
        "5s,",
        "36501d",
        "9999999999999999999s",
        "infinite",
        "5s-1s",
        "٣s"
      })
  void anythingElseIsNone(String text) {
    assertThat(Durations.parse(text)).isEmpty();
  }

  @Test
  void areShownInTheLargestUnitThatIsExact() {
    assertThat(Durations.text(Duration.ZERO)).isEqualTo("0s");
    assertThat(Durations.text(Duration.ofSeconds(90))).isEqualTo("90s");
    assertThat(Durations.text(Duration.ofSeconds(120))).isEqualTo("2m");
    assertThat(Durations.text(Duration.ofMillis(1500))).isEqualTo("1500ms");
    assertThat(Durations.text(Duration.ofDays(365))).isEqualTo("365d");
    assertThat(Durations.text(Duration.ofNanos(-1))).isEqualTo("-1ns");
  }
}
