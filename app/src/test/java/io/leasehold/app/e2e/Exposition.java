package io.leasehold.app.e2e;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a page of metrics as strictly as the text format 0.0.4 or OpenMetrics 1.0.0 allows, and
 * stricter where ours promises more: sorted families, each with HELP and TYPE, whole numbers
 * without a fraction, no timestamp, no exemplar, no {@code _created}.
 */
final class Exposition {
  private static final Pattern HELP = Pattern.compile("# HELP ([a-z][a-z0-9_]*) (\\S.*)");
  private static final Pattern TYPE = Pattern.compile("# TYPE ([a-z][a-z0-9_]*) ([a-z]+)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z][a-z0-9_]*)(\\{(.+)})? (\\+Inf|-Inf|NaN|-?\\d+|-?\\d+\\.\\d*[1-9])");
  private static final Pattern LABEL =
      Pattern.compile("([a-z][a-z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,(?=.)|$)");
  private static final Pattern BOUND = Pattern.compile("\\d+\\.\\d+");

  /** One line; the labels in their order, without {@code le} where it is a bucket. */
  record Sample(String name, Map<String, String> labels, String bound, double value) {}

  /** One family under the name of its TYPE line. */
  record Family(String name, String type, List<Sample> samples) {}

  private final Map<String, Family> families = new LinkedHashMap<>();
  private final boolean openMetrics;
  private final Set<String> series = new TreeSet<>();

  private Exposition(boolean openMetrics) {
    this.openMetrics = openMetrics;
  }

  /** Throws at the first line that is not as it should be. */
  static Exposition parse(String text, boolean openMetrics) {
    var page = new Exposition(openMetrics);
    check(text.endsWith("\n"), "the last line has no end");
    var lines = new ArrayList<>(List.of(text.split("\n", -1)));
    lines.remove(lines.size() - 1);
    if (openMetrics) {
      check(lines.remove(lines.size() - 1).equals("# EOF"), "no EOF at the end");
    }
    page.read(lines);
    page.families.values().forEach(page::checkFamily);
    return page;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private void read(List<String> lines) {
    Family current = null;
    String last = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher help = HELP.matcher(line);
      if (help.matches()) {
        String name = help.group(1);
        check(name.compareTo(last) > 0, name + " after " + last);
        last = name;
        Matcher type = TYPE.matcher(i + 1 < lines.size() ? lines.get(i + 1) : "");
        check(type.matches() && type.group(1).equals(name), "no TYPE after: " + line);
        current = new Family(name, type.group(2), new ArrayList<>());
        families.put(name, current);
        i++;
        continue;
      }
      Matcher sample = SAMPLE.matcher(line);
      check(sample.matches() && current != null, "no sample: " + line);
      check(series.add(line.substring(0, line.lastIndexOf(' '))), "twice: " + line);
      current.samples().add(sample(sample));
    }
  }

  private static Sample sample(Matcher line) {
    Map<String, String> labels = new LinkedHashMap<>();
    String bound = null;
    if (line.group(3) != null) {
      Matcher label = LABEL.matcher(line.group(3));
      int end = 0;
      while (label.find() && label.start() == end) {
        end = label.end();
        check(bound == null, "le is not the last label: " + line.group());
        if (label.group(1).equals("le")) {
          bound = label.group(2);
        } else {
          check(labels.put(label.group(1), label.group(2)) == null, "a label twice");
        }
      }
      check(end == line.group(3).length(), "no labels: " + line.group());
    }
    double value =
        switch (line.group(4)) {
          case "+Inf" -> Double.POSITIVE_INFINITY;
          case "-Inf" -> Double.NEGATIVE_INFINITY;
          default -> Double.parseDouble(line.group(4));
        };
    return new Sample(line.group(1), labels, bound, value);
  }

  private void checkFamily(Family family) {
    String name = family.name();
    switch (family.type()) {
      case "counter" -> {
        check(name.endsWith("_total") != openMetrics, "name of a counter: " + name);
        String sampled = openMetrics ? name + "_total" : name;
        for (Sample each : family.samples()) {
          check(each.name().equals(sampled) && each.value() >= 0, each.toString());
        }
      }
      case "gauge", "unknown", "untyped" ->
          family.samples().forEach(each -> check(each.name().equals(name), each.toString()));
      case "info" ->
          family
              .samples()
              .forEach(
                  each ->
                      check(
                          each.name().equals(name + "_info") && each.value() == 1,
                          each.toString()));
      case "summary" ->
          family
              .samples()
              .forEach(each -> check(each.name().matches(name + "_(sum|count)"), each.toString()));
      case "histogram" -> checkHistogram(family);
      default -> throw new AssertionError(name + " has the type " + family.type());
    }
  }

  private static void checkHistogram(Family family) {
    Map<Map<String, String>, List<Sample>> byLabels = new LinkedHashMap<>();
    family
        .samples()
        .forEach(
            each -> byLabels.computeIfAbsent(each.labels(), any -> new ArrayList<>()).add(each));
    for (List<Sample> one : byLabels.values()) {
      double below = 0;
      double lastBound = Double.NEGATIVE_INFINITY;
      Map<String, Double> ends = new TreeMap<>();
      for (Sample each : one) {
        if (each.name().equals(family.name() + "_bucket")) {
          String text = each.bound();
          check(text.equals("+Inf") || BOUND.matcher(text).matches(), "bound " + each);
          double bound = text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
          check(bound > lastBound, "not ascending: " + each);
          check(each.value() >= below, "not cumulative: " + each);
          lastBound = bound;
          below = each.value();
        } else {
          ends.put(each.name().substring(family.name().length()), each.value());
        }
      }
      check(lastBound == Double.POSITIVE_INFINITY, "no +Inf: " + one);
      check(ends.keySet().equals(Set.of("_count", "_sum")), "sum and count: " + ends);
      check(ends.get("_count") == below, "+Inf is not the count: " + one);
      check(below > 0 || ends.get("_sum") == 0, "a sum of nothing: " + one);
    }
  }

  Map<String, Family> families() {
    return families;
  }

  /** Names with their labels. */
  Set<String> series() {
    return series;
  }

  Family family(String name) {
    check(families.containsKey(name), "no family " + name);
    return families.get(name);
  }

  /** Of the one sample with this name and these labels, given as name, value, name, value. */
  double value(String sample, String... labels) {
    Map<String, String> wanted = new LinkedHashMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    for (Family family : families.values()) {
      for (Sample each : family.samples()) {
        if (each.name().equals(sample) && each.labels().equals(wanted) && each.bound() == null) {
          return each.value();
        }
      }
    }
    throw new AssertionError("no sample " + sample + wanted);
  }

  /** Bounds of a histogram, in their order. */
  List<String> bounds(String name) {
    Family family = family(name);
    Map<String, String> first = family.samples().get(0).labels();
    return family.samples().stream()
        .filter(each -> each.bound() != null && each.labels().equals(first))
        .map(Sample::bound)
        .toList();
  }
}
