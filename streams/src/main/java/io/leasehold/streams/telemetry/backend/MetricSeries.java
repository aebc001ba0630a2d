package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.PrometheusSettings;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MetricSample;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The series of one backend: what was sent last, or the sum of it. Bounded in number, per source
 * and in all, and each in its length; one that nobody sends any more goes. What is kept is lost
 * with the process. Safe for any thread; a scrape holds a lock for as long as copying takes.
 */
final class MetricSeries {
  /** Characters of the name, labels and values of one series, at most. */
  static final int MAX_CHARS = 4_096;

  private static final String TOTAL = "_total";
  private static final String SOURCE = "source";
  private static final Pattern OUTSIDE = Pattern.compile("[^a-zA-Z0-9_]");

  /** A name with its labels; {@code labels} and {@code values} go together. */
  private record Key(String name, List<String> labels, List<String> values) {}

  /** Series of one name; the first of them says what kind they are. */
  private static final class Family {
    final Collector.Type type;
    final Map<Key, Series> series = new LinkedHashMap<>();

    Family(Kind kind) {
      type = kind == Kind.GAUGE ? Collector.Type.GAUGE : Collector.Type.COUNTER;
    }
  }

  private enum Kind {
    GAUGE,
    COUNTER,
    DELTA
  }

  private static final class Series {
    final String source;
    double value;
    long ts = Long.MIN_VALUE;
    long touchedNanos;

    Series(String source) {
      this.source = source;
    }
  }

  private final PrometheusSettings settings;
  private final Clock clock;
  private final Pattern counters;
  private final Pattern deltas;
  private final Map<String, Kind> kinds = new HashMap<>();

  private final Map<String, Family> families = new TreeMap<>();

  private final Map<String, Integer> bySource = new HashMap<>();
  private int size;

  MetricSeries(PrometheusSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.counters = anyOf(settings.counters());
    this.deltas = anyOf(settings.deltas());
  }

  private static Pattern anyOf(List<String> globs) {
    return Pattern.compile(
        globs.stream()
            .map(
                glob ->
                    Arrays.stream(glob.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*")))
            .collect(Collectors.joining("|", "(?:", ")")),
        Pattern.DOTALL);
  }

  /** Takes a sample in; null, or why it is not. */
  synchronized @Nullable DropReason take(MetricSample sample, String source, long ts) {
    Kind kind = kindOf(sample.name());
    Key key = key(sample, source, kind);
    if (key == null) {
      return DropReason.SERIES_LIMIT;
    }
    Family family = families.get(key.name);
    Series series = family == null ? null : family.series.get(key);
    if (series == null) {
      if (!hasRoom(source)) {
        expire();
      }
      if (!hasRoom(source)) {
        return DropReason.SERIES_LIMIT;
      }
      series = new Series(source);
      families.computeIfAbsent(key.name, fresh -> new Family(kind)).series.put(key, series);
      bySource.merge(source, 1, Integer::sum);
      size++;
    }
    series.touchedNanos = clock.nanos();
    if (kind == Kind.DELTA) {
      series.value += sample.value();
    } else if (ts >= series.ts) { // a message that was overtaken says nothing new
      series.value = sample.value();
      series.ts = ts;
    }
    return null;
  }

  private boolean hasRoom(String source) {
    return size < settings.maxSeries()
        && bySource.getOrDefault(source, 0) < settings.maxSeriesPerSource();
  }

  private Kind kindOf(String name) {
    Kind known = kinds.get(name);
    if (known != null) {
      return known;
    }
    Kind kind =
        !settings.deltas().isEmpty() && deltas.matcher(name).matches()
            ? Kind.DELTA
            : !settings.counters().isEmpty() && counters.matcher(name).matches()
                ? Kind.COUNTER
                : Kind.GAUGE;
    if (kinds.size() >= settings.maxSeries()) {
      kinds.clear(); // names that are no series any more, or never were
    }
    kinds.put(name, kind);
    return kind;
  }

  /** Null if it is too long. */
  private @Nullable Key key(MetricSample sample, String source, Kind kind) {
    String name = settings.prefix() + OUTSIDE.matcher(sample.name()).replaceAll("_");
    if (kind != Kind.GAUGE && !name.endsWith(TOTAL)) {
      name += TOTAL; // the formats want it
    } else if (name.endsWith("_created")) {
      name += "_value"; // the formats have another use for it
    }
    Map<String, String> labels = new TreeMap<>();
    long chars = name.length();
    for (Map.Entry<String, String> tag : sample.tags().entrySet()) {
      chars += tag.getKey().length() + tag.getValue().length();
      labels.put(label(tag.getKey()), tag.getValue());
    }
    labels.put(SOURCE, source);
    return chars > MAX_CHARS
        ? null
        : new Key(name, List.copyOf(labels.keySet()), List.copyOf(labels.values()));
  }

  /** Some names are ours, or have a meaning of their own to Prometheus. */
  private static String label(String tag) {
    String name = OUTSIDE.matcher(tag).replaceAll("_");
    if (name.equals(SOURCE)) {
      return "exported_source";
    }
    boolean taken = name.equals("le") || name.equals("quantile") || name.startsWith("__");
    boolean fits = !name.isEmpty() && !Character.isDigit(name.charAt(0));
    return fits && !taken ? name : "tag_" + name;
  }

  private void expire() {
    long now = clock.nanos();
    long ttl = settings.ttl().toNanos();
    families
        .values()
        .removeIf(
            family -> {
              family
                  .series
                  .values()
                  .removeIf(
                      each -> {
                        boolean over = now - each.touchedNanos >= ttl;
                        if (over) {
                          size--;
                          bySource.computeIfPresent(
                              each.source, (source, count) -> count == 1 ? null : count - 1);
                        }
                        return over;
                      });
              return family.series.isEmpty();
            });
  }

  /** All families, sorted by name. */
  synchronized List<MetricFamilySamples> collect() {
    expire();
    List<MetricFamilySamples> all = new ArrayList<>();
    families.forEach(
        (name, family) -> {
          List<MetricFamilySamples.Sample> samples = new ArrayList<>();
          family.series.forEach(
              (key, series) ->
                  samples.add(
                      new MetricFamilySamples.Sample(name, key.labels, key.values, series.value)));
          all.add(new MetricFamilySamples(name, family.type, "Sent by applications.", samples));
        });
    return all;
  }
}
