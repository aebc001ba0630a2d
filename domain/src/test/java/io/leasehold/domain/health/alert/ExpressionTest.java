package io.leasehold.domain.health.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rates, sums and quantiles come out as Prometheus has them. */
class ExpressionTest {
  private static final long SECOND = 1_000_000_000L;

  private final SampleHistory history = new SampleHistory(61);

  private void at(long seconds, SampleHistory.Sample... samples) {
    history.add(seconds * SECOND, List.of(samples));
  }

  private static SampleHistory.Sample sample(double value, String name, String... labels) {
    var map = new java.util.HashMap<String, String>();
    for (int i = 0; i < labels.length; i += 2) {
      map.put(labels[i], labels[i + 1]);
    }
    return new SampleHistory.Sample(name, map, value);
  }

  private List<Point> points(String rule, long seconds) {
    return ExpressionParser.rule(rule).evaluate(history, seconds * SECOND);
  }

  @Test
  void anIncreaseIsStretchedToTheEdgesThatAreNear() {
    for (int i = 0; i <= 60; i += 5) {
      at(i, sample(10 + i, "c_total"));
    }

    // 50..60 rose by 10 within 10 s; nothing is left over at the edges
    assertThat(points("increase(c_total[10s]) > 0", 60).get(0).value()).isEqualTo(10);
    assertThat(points("rate(c_total[10s]) > 0", 60).get(0).value()).isEqualTo(1);
    // at 62 the window 52..62 holds 55 and 60: 3 s to its start and 2 s to its end are near
    assertThat(points("increase(c_total[10s]) > 0", 62).get(0).value()).isCloseTo(10, within(1e-9));
  }

  @Test
  void aSeriesThatHasJustBegunIsNotStretchedBelowZero() {
    at(0, sample(1, "c_total"));
    at(5, sample(11, "c_total"));

    // rose by 10 in 5 s: it was zero half a second before its first sample
    assertThat(points("increase(c_total[5m]) > 0", 5).get(0).value()).isCloseTo(11, within(1e-9));
  }

  @Test
  void aFallOfACounterIsARestart() {
    at(0, sample(100, "c_total"));
    at(5, sample(110, "c_total"));
    at(10, sample(3, "c_total"));

    assertThat(points("increase(c_total[10s]) > 0", 10).get(0).value()).isEqualTo(13);
  }

  @Test
  void oneSampleHasNoRate() {
    at(0, sample(100, "c_total"));

    assertThat(points("rate(c_total[5m]) > 0", 0)).isEmpty();
  }

  @Test
  void quantilesAreStraightLinesWithinABucket() {
    for (int i = 0; i <= 10; i += 5) {
      at(
          i,
          sample(0, "h_bucket", "le", "0.1"),
          sample(i * 3, "h_bucket", "le", "0.5"),
          sample(i * 4, "h_bucket", "le", "1.0"),
          sample(i * 4, "h_bucket", "le", "+Inf"));
    }

    assertThat(points("histogram_quantile(0.5, rate(h_bucket[10s])) > 0", 10).get(0).value())
        .isCloseTo(0.1 + 0.4 * 2 / 3, within(1e-9));
  }

  @Test
  void whatIsAboveAllBoundsCountsAsTheLastOfThem() {
    double[] bounds = {0.1, 1, Double.POSITIVE_INFINITY};

    assertThat(Quantile.of(0.95, bounds, new double[] {0, 1, 100})).isEqualTo(1);
    assertThat(Quantile.of(0.95, bounds, new double[] {0, 0, 0})).isNaN();
    assertThat(Quantile.of(0.5, new double[] {0.1, 1}, new double[] {1, 2})).isNaN();
    assertThat(Quantile.of(0.5, bounds, new double[] {4, 3, 4})).isEqualTo(0.05);
  }

  @Test
  void sumsKeepTheLabelsTheyAreMadeBy() {
    at(
        0,
        sample(1, "g", "reason", "full", "backend", "a"),
        sample(2, "g", "reason", "full", "backend", "b"),
        sample(4, "g", "reason", "late", "backend", "b"));

    assertThat(points("sum by (instance, reason) (g) > 0", 0))
        .containsExactlyInAnyOrder(
            new Point(Map.of("reason", "full"), 3), new Point(Map.of("reason", "late"), 4));
  }

  @Test
  void onlyTheSameLabelsAreDivided() {
    at(0, sample(8, "a", "x", "1"), sample(8, "a", "x", "2"), sample(4, "b", "x", "1"));

    assertThat(points("(a / b) > 1", 0)).containsExactly(new Point(Map.of("x", "1"), 2));
  }

  @Test
  void matchersTakeTheWholeValue() {
    at(0, sample(1, "r", "status", "500"), sample(2, "r", "status", "200"));

    assertThat(points("r{status=~\"5..\"} > 0", 0)).hasSize(1);
    assertThat(points("r{status=\"200\"} == 2", 0)).hasSize(1);
    assertThat(points("r{status=~\"5\"} > 0", 0)).isEmpty();
  }

  @Test
  void aSeriesThatIsGoneIsGone() {
    at(0, sample(1, "g"));
    at(5);

    assertThat(points("g > 0", 5)).isEmpty();
    assertThat(history.seriesCount()).isEqualTo(1);
    for (int i = 2; i <= 61; i++) {
      at(i * 5);
    }
    assertThat(history.seriesCount()).isZero();
  }

  @Test
  void theHistoryIsBounded() {
    var many = new ArrayList<SampleHistory.Sample>();
    for (int i = 0; i < SampleHistory.MAX_SERIES + 5; i++) {
      many.add(sample(1, "g", "i", Integer.toString(i)));
    }

    history.add(0, many);

    assertThat(history.seriesCount()).isEqualTo(SampleHistory.MAX_SERIES);
  }

  @Test
  void whatIsNotReadIsRefused() {
    for (String wrong :
        List.of("a", "a > ", "a > 1 2", "rate(a) > 1", "a ? b > 1", "avg by (x) (a) > 1", "")) {
      assertThatThrownBy(() -> ExpressionParser.rule(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
