package io.leasehold.http.access;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.actors.metrics.EventCounter;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * Counts what was asked of the application port. Paths are templates of routes and one for all
 * others, methods the nine of HTTP and one for all others, so what a client makes up adds no
 * series. Safe for any thread; counting one request takes a few striped counters.
 */
final class ApiTraffic {
  static final String OTHER = "other";

  private static final List<String> METHODS =
      List.of(
          "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "OTHER");
  private static final int STATUSES = 1_000;
  private static final int OK = 200;
  private static final int FIRST_ERROR = 400;
  private static final int NOT_FOUND = 404;
  private static final int INTERNAL = 500;
  private static final List<String> LABELS = List.of("method", "path", "status");

  private final List<String> templates = new ArrayList<>();
  private final Set<String> kvstorePaths = new TreeSet<>();
  private final BitSet storeSeries = new BitSet();
  private final BitSet kvstoreSeries = new BitSet();
  private final ConcurrentHashMap<Integer, LongAdder> answers = new ConcurrentHashMap<>();
  private final DurationHistogram durations;
  private final DurationHistogram sizes =
      DurationHistogram.ofBytes(
          "kvstore_http_response_size_bytes", "Bodies of answers that are no streams.");
  private final EventCounter storeRequests =
      new EventCounter(
          "kvstore_requests",
          "Requests of the store.",
          List.of("method"),
          METHODS.stream().map(List::of).toList());
  private final EventCounter storeErrors = byCode("kvstore_request_errors", "type");
  private final EventCounter errors = byCode("leasehold_errors", "code");
  private final EventCounter withKey =
      new EventCounter("api_key_requests", "Requests with an API key.");
  private final EventCounter keysRefused =
      new EventCounter("api_key_auth_failures", "API keys that were refused.");

  ApiTraffic(List<RouteTable.Path> paths) {
    for (RouteTable.Path path : paths) {
      templates.add(path.template);
    }
    templates.add(OTHER);
    var shown = new BitSet();
    for (RouteTable.Path path : paths) {
      path.byMethod.forEach((method, route) -> expect(path, method, route, shown));
    }
    answers.put(status(series(paths.size(), "GET"), NOT_FOUND), new LongAdder());
    var labels = new ArrayList<List<String>>();
    for (String template : templates) {
      for (String method : METHODS) {
        labels.add(List.of(method, template));
      }
    }
    this.durations =
        DurationHistogram.ofSeconds(
            "http_request_duration_seconds",
            "Request read to answer complete, of a stream to its begin.",
            List.of("method", "path"),
            labels,
            shown);
  }

  private static EventCounter byCode(String name, String label) {
    return new EventCounter(
        name,
        "Error answers, by code.",
        List.of(label),
        Arrays.stream(Answer.Problem.values()).map(each -> List.of(each.code())).toList());
  }

  private void expect(RouteTable.Path path, String method, ApiRoute route, BitSet shown) {
    int series = series(path.index, method);
    shown.set(series);
    answers.put(status(series, OK), new LongAdder());
    answers.put(status(series, INTERNAL), new LongAdder());
    if (route.has(ApiRoute.Trait.STORE)) {
      storeSeries.set(series);
    }
    if (route.has(ApiRoute.Trait.STORE) || route.has(ApiRoute.Trait.KVSTORE)) {
      kvstoreSeries.set(series);
      kvstorePaths.add(path.template);
    }
  }

  private static int series(int path, String method) {
    return path * METHODS.size() + METHODS.indexOf(known(method));
  }

  private static int status(int series, int status) {
    return series * STATUSES + Math.min(Math.max(status, 0), STATUSES - 1);
  }

  /** One of the nine methods, or {@code OTHER}. */
  static String known(String method) {
    return METHODS.contains(method) ? method : "OTHER";
  }

  /** One answer. */
  void answered(RouteTable.@Nullable Path path, String method, HttpResponse response, long nanos) {
    int status = response.status().intValue();
    int series = series(path == null ? templates.size() - 1 : path.index, method);
    Integer counted = status(series, status);
    LongAdder known =
        answers.get(counted); // to look first is cheaper than to ask for it to be made
    (known == null ? answers.computeIfAbsent(counted, each -> new LongAdder()) : known).increment();
    durations.record(series, nanos);
    if (kvstoreSeries.get(series)) {
      OptionalLong size = response.entity().getContentLengthOption();
      if (size.isPresent()) {
        sizes.record(0, size.getAsLong());
      }
    }
    if (storeSeries.get(series)) {
      storeRequests.count(series % METHODS.size(), 1);
    }
    if (status >= FIRST_ERROR) {
      var problem = response.getAttribute(Answers.PROBLEM);
      if (problem.isPresent()) {
        errors.count(problem.get().ordinal(), 1);
        if (storeSeries.get(series)) {
          storeErrors.count(problem.get().ordinal(), 1);
        }
      }
    }
  }

  /** A request of the store that came with a key. */
  void withKey() {
    withKey.count();
  }

  /** A key that was refused. */
  void keyRefused() {
    keysRefused.count();
  }

  List<Collector> collectors() {
    return List.of(
        new Requests(),
        new Durations(),
        sizes,
        storeRequests,
        storeErrors,
        errors,
        withKey,
        keysRefused);
  }

  private final class Requests extends Collector {
    @Override
    public List<MetricFamilySamples> collect() {
      var all = new ArrayList<Sample>();
      var failed = new ArrayList<Sample>();
      var kvstore = new ArrayList<Sample>();
      new TreeMap<>(answers)
          .forEach(
              (key, count) -> {
                int series = key / STATUSES;
                int status = key % STATUSES;
                String path = templates.get(series / METHODS.size());
                List<String> values =
                    List.of(METHODS.get(series % METHODS.size()), path, Integer.toString(status));
                all.add(new Sample("http_requests_total", LABELS, values, count.sum()));
                if (status >= FIRST_ERROR) {
                  failed.add(new Sample("http_request_errors_total", LABELS, values, count.sum()));
                }
                if (kvstorePaths.contains(path)) {
                  kvstore.add(
                      new Sample("kvstore_http_requests_total", LABELS, values, count.sum()));
                }
              });
      return List.of(
          new MetricFamilySamples("http_requests", Type.COUNTER, "Requests of the port.", all),
          new MetricFamilySamples(
              "http_request_errors", Type.COUNTER, "Requests answered with 400 or more.", failed),
          new MetricFamilySamples(
              "kvstore_http_requests", Type.COUNTER, "Requests of store and views.", kvstore));
    }
  }

  private final class Durations extends Collector {
    @Override
    public List<MetricFamilySamples> collect() {
      MetricFamilySamples all = durations.collect().get(0);
      var kvstore = new ArrayList<Sample>();
      for (Sample each : all.samples) {
        if (kvstorePaths.contains(each.labelValues.get(1))) {
          kvstore.add(
              new Sample("kvstore_" + each.name, each.labelNames, each.labelValues, each.value));
        }
      }
      return List.of(
          all, new MetricFamilySamples("kvstore_" + all.name, Type.HISTOGRAM, all.help, kvstore));
    }
  }
}
