package io.leasehold.http.observability;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes the metrics of a registry as text. Families are sorted by name; numbers are plain
 * decimals, because the library's own writer prints {@code 5.0E-4}. No state; safe for any thread.
 */
final class MetricsText {
  static final String PLAIN = "text/plain; version=0.0.4; charset=utf-8";
  static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private MetricsText() {}

  /**
   * Renders all families, or those asked for.
   *
   * @param names families to render, empty = all
   * @param without families that are left out
   */
  static String render(
      CollectorRegistry registry, boolean openMetrics, List<String> names, Set<String> without) {
    var families = new TreeMap<String, MetricFamilySamples>();
    for (var family : Collections.list(registry.metricFamilySamples())) {
      families.merge(shownName(family, openMetrics), family, MetricsText::joined);
    }
    var out = new StringBuilder(64 * 1_024);
    for (MetricFamilySamples family : families.values()) {
      boolean wanted =
          names.isEmpty()
              || names.contains(family.name)
              || names.contains(family.name + suffix(family.type));
      if (wanted && !without.contains(family.name)) {
        family(out, family, openMetrics);
      }
    }
    return openMetrics ? out.append("# EOF\n").toString() : out.toString();
  }

  /** One family with the samples of two collectors; what has the same labels is added up. */
  private static MetricFamilySamples joined(MetricFamilySamples one, MetricFamilySamples other) {
    var samples = new LinkedHashMap<List<String>, MetricFamilySamples.Sample>();
    for (var family : List.of(one, other)) {
      for (MetricFamilySamples.Sample each : family.samples) {
        var series = new ArrayList<>(each.labelValues);
        series.add(each.name);
        samples.merge(series, each, MetricsText::sum);
      }
    }
    return new MetricFamilySamples(one.name, one.type, one.help, new ArrayList<>(samples.values()));
  }

  private static MetricFamilySamples.Sample sum(
      MetricFamilySamples.Sample one, MetricFamilySamples.Sample other) {
    return new MetricFamilySamples.Sample(
        one.name, one.labelNames, one.labelValues, one.value + other.value);
  }

  private static void family(StringBuilder out, MetricFamilySamples family, boolean openMetrics) {
    String name = shownName(family, openMetrics);
    out.append("# HELP ").append(name).append(' ');
    escape(out, family.help, openMetrics);
    out.append("\n# TYPE ").append(name).append(' ').append(type(family, openMetrics));
    out.append('\n');
    for (MetricFamilySamples.Sample sample : family.samples) {
      if (!sample.name.endsWith("_created")) {
        sample(out, sample);
      }
    }
  }

  private static String shownName(MetricFamilySamples family, boolean openMetrics) {
    return openMetrics ? family.name : family.name + suffix(family.type);
  }

  /** What the plain format has in the name of the family, and OpenMetrics in that of the sample. */
  private static String suffix(Collector.Type type) {
    return switch (type) {
      case COUNTER -> "_total";
      case INFO -> "_info";
      case GAUGE, HISTOGRAM, SUMMARY, STATE_SET, GAUGE_HISTOGRAM, UNKNOWN -> "";
    };
  }

  private static String type(MetricFamilySamples family, boolean openMetrics) {
    return switch (family.type) {
      case COUNTER -> "counter";
      case GAUGE -> "gauge";
      case HISTOGRAM -> "histogram";
      case SUMMARY -> "summary";
      case INFO -> openMetrics ? "info" : "gauge";
      case STATE_SET -> openMetrics ? "stateset" : "gauge";
      case GAUGE_HISTOGRAM -> openMetrics ? "gaugehistogram" : "histogram";
      case UNKNOWN -> openMetrics ? "unknown" : "untyped";
    };
  }

  private static void sample(StringBuilder out, MetricFamilySamples.Sample sample) {
    out.append(sample.name);
    for (int i = 0; i < sample.labelNames.size(); i++) {
      String name = sample.labelNames.get(i);
      String value = sample.labelValues.get(i);
      out.append(i == 0 ? '{' : ',').append(name).append("=\"");
      escape(out, name.equals("le") ? bound(value) : value, true);
      out.append('"');
    }
    if (!sample.labelNames.isEmpty()) {
      out.append('}');
    }
    out.append(' ').append(number(sample.value)).append('\n');
  }

  /** {@code 0.0001}, {@code 1.0}, {@code +Inf}: the same in both formats. */
  private static String bound(String le) {
    if (le.equals("+Inf")) {
      return le;
    }
    String plain = new BigDecimal(le).stripTrailingZeros().toPlainString();
    return plain.indexOf('.') < 0 ? plain + ".0" : plain;
  }

  static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static void escape(StringBuilder out, String text, boolean quotes) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '"' -> out.append(quotes ? "\\\"" : "\"");
        default -> out.append(c);
      }
    }
  }
}
