package io.leasehold.domain.health.alert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A query in the part of PromQL that alert rules use. Immutable. */
sealed interface Expression {
  /** The result over what is known, with moments up to now. */
  List<Point> evaluate(SampleHistory history, long nowNanos);

  /** Names of the series it reads. */
  Set<String> names();

  /** A label has this value, or one that the whole of the pattern matches. */
  record Matcher(String label, Pattern pattern) {
    boolean matches(Map<String, String> labels) {
      return pattern.matcher(labels.getOrDefault(label, "")).matches();
    }
  }

  /** The series with a name and these labels, as they are now. */
  record Selector(String name, List<Matcher> matchers) implements Expression {
    public Selector {
      matchers = List.copyOf(matchers);
    }

    boolean matches(Map<String, String> labels) {
      return matchers.stream().allMatch(each -> each.matches(labels));
    }

    @Override
    public List<Point> evaluate(SampleHistory history, long nowNanos) {
      return history.last(name).stream().filter(each -> matches(each.labels())).toList();
    }

    @Override
    public Set<String> names() {
      return Set.of(name);
    }
  }

  /**
   * The increase of counters within a window, or their increase a second.
   *
   * @param perSecond rate, not increase
   */
  record Increase(Selector of, long windowNanos, boolean perSecond) implements Expression {
    @Override
    public List<Point> evaluate(SampleHistory history, long nowNanos) {
      var points = new ArrayList<Point>();
      for (SampleHistory.Track track : history.since(of.name(), nowNanos, windowNanos)) {
        if (of.matches(track.labels())) {
          double increase = Rate.increase(track, nowNanos, windowNanos);
          if (!Double.isNaN(increase)) {
            points.add(
                new Point(track.labels(), perSecond ? increase * 1e9 / windowNanos : increase));
          }
        }
      }
      return points;
    }

    @Override
    public Set<String> names() {
      return of.names();
    }
  }

  /** The sums over all labels but these. */
  record SumBy(List<String> labels, Expression of) implements Expression {
    public SumBy {
      labels = List.copyOf(labels);
    }

    @Override
    public List<Point> evaluate(SampleHistory history, long nowNanos) {
      var sums = new HashMap<Map<String, String>, Double>();
      for (Point point : of.evaluate(history, nowNanos)) {
        var kept = new TreeMap<>(point.labels());
        kept.keySet().retainAll(labels);
        sums.merge(kept, point.value(), Double::sum);
      }
      return sums.entrySet().stream()
          .map(each -> new Point(each.getKey(), each.getValue()))
          .toList();
    }

    @Override
    public Set<String> names() {
      return of.names();
    }
  }

  /** A quantile of each histogram. */
  record QuantileOf(double share, Expression of) implements Expression {
    @Override
    public List<Point> evaluate(SampleHistory history, long nowNanos) {
      var histograms = new HashMap<Map<String, String>, TreeMap<Double, Double>>();
      for (Point point : of.evaluate(history, nowNanos)) {
        var labels = new TreeMap<>(point.labels());
        var bound = labels.remove("le");
        if (bound != null) {
          histograms
              .computeIfAbsent(labels, key -> new TreeMap<>())
              .put(bound(bound), point.value());
        }
      }
      var points = new ArrayList<Point>();
      histograms.forEach(
          (labels, buckets) ->
              points.add(
                  new Point(
                      labels,
                      Quantile.of(
                          share,
                          buckets.keySet().stream().mapToDouble(each -> each).toArray(),
                          buckets.values().stream().mapToDouble(each -> each).toArray()))));
      return points;
    }

    private static double bound(String text) {
      return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    @Override
    public Set<String> names() {
      return of.names();
    }
  }

  /** What stands between two results. */
  enum Operator {
    PLUS,
    DIVIDED_BY
  }

  /** Puts the values of two results together, those with the same labels. */
  record Both(Operator operator, Expression left, Expression right) implements Expression {
    @Override
    public List<Point> evaluate(SampleHistory history, long nowNanos) {
      var others = new HashMap<Map<String, String>, Double>();
      right.evaluate(history, nowNanos).forEach(each -> others.put(each.labels(), each.value()));
      var points = new ArrayList<Point>();
      for (Point point : left.evaluate(history, nowNanos)) {
        var other = others.get(point.labels());
        if (other != null) {
          double value =
              switch (operator) {
                case PLUS -> point.value() + other;
                case DIVIDED_BY -> point.value() / other;
              };
          points.add(new Point(point.labels(), value));
        }
      }
      return points;
    }

    @Override
    public Set<String> names() {
      var names = new TreeSet<>(left.names());
      names.addAll(right.names());
      return names;
    }
  }

  /** How a value and a threshold must stand. */
  enum Relation {
    ABOVE,
    BELOW,
    EQUAL
  }

  /** The values on one side of a threshold; what is no number is on neither. */
  record Compared(Expression of, Relation relation, double threshold) implements Expression {
    @Override
    public List<Point> evaluate(SampleHistory history, long nowNanos) {
      return of.evaluate(history, nowNanos).stream().filter(each -> holds(each.value())).toList();
    }

    private boolean holds(double value) {
      return switch (relation) {
        case ABOVE -> value > threshold;
        case BELOW -> value < threshold;
        case EQUAL -> value == threshold;
      };
    }

    @Override
    public Set<String> names() {
      return of.names();
    }
  }
}
