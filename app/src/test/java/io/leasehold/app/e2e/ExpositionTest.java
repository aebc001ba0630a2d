package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A parser that accepts everything would prove nothing. */
class ExpositionTest {
  private static final String HEAD = "# HELP a_total Help.\n# TYPE a_total counter\n";
  private static final String HISTOGRAM =
      "# HELP h Help.\n# TYPE h histogram\nh_bucket{le=\"1.0\"} %s\nh_bucket{le=\"+Inf\"} %s\n"
          + "h_count %s\nh_sum 3\n";

  @Test
  void whatIsRightIsRead() {
    Exposition page =
        Exposition.parse(
            HEAD + "a_total{x=\"1\",y=\"q\\\"\\\\\\n\"} 5\n" + String.format(HISTOGRAM, 1, 2, 2),
            false);
    assertThat(page.value("a_total", "x", "1", "y", "q\\\"\\\\\\n")).isEqualTo(5);
    assertThat(page.bounds("h")).containsExactly("1.0", "+Inf");
    assertThat(page.series()).hasSize(5).contains("h_bucket{le=\"+Inf\"}");
    assertThat(
            Exposition.parse("# HELP a Help.\n# TYPE a counter\na_total 1.5\n# EOF\n", true)
                .value("a_total"))
        .isEqualTo(1.5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        HEAD + "a_total 1",
        HEAD + "a_total 1.0\n",
        HEAD + "a_total 1e-4\n",
        HEAD + "a_total 1 1700000000\n",
        HEAD + "a_total{x=\"1\",} 1\n",
        HEAD + "a_total{x=\"1\" y=\"2\"} 1\n",
        HEAD + "a_total{x=\"\\t\"} 1\n",
        HEAD + "a_total 1\na_total 1\n",
        HEAD + "a_total -1\n",
        HEAD + "b_total 1\n",
        HEAD + "a_created 1\n",
        "# TYPE a_total counter\na_total 1\n",
        "# HELP a Help.\n# TYPE a counter\na 1\n",
        "# HELP b Help.\n# TYPE b gauge\nb 1\n# HELP a Help.\n# TYPE a gauge\na 1\n",
        "# HELP a Help.\n# TYPE a thing\na 1\n",
        HEAD + "a_total 1\n# EOF\n"
      })
  void whatIsWrongIsNoticed(String page) {
    assertThatThrownBy(() -> Exposition.parse(page, false)).isInstanceOf(AssertionError.class);
  }

  @Test
  void aHistogramThatDoesNotAddUpIsNoticed() {
    for (String wrong :
        new String[] {
          String.format(HISTOGRAM, 3, 2, 2),
          String.format(HISTOGRAM, 1, 2, 3),
          String.format(HISTOGRAM, 1, 2, 2).replace("h_sum 3\n", ""),
          String.format(HISTOGRAM, 1, 2, 2).replace("h_bucket{le=\"+Inf\"} 2\n", ""),
          String.format(HISTOGRAM, 1, 2, 2).replace("1.0", "1"),
          String.format(HISTOGRAM, 0, 0, 0)
        }) {
      assertThatThrownBy(() -> Exposition.parse(wrong, false))
          .as(wrong)
          .isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void openMetricsNeedsItsEnd() {
    assertThatThrownBy(() -> Exposition.parse("# HELP a A.\n# TYPE a gauge\na 1\n", true))
        .hasMessage("no EOF at the end");
  }
}
