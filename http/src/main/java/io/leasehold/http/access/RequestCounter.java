package io.leasehold.http.access;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the answers of one port by path and status. Paths are those of its routes and one for all
 * others, so what a client makes up adds no series. Safe for any thread.
 */
final class RequestCounter extends Collector {
  private static final int FIRST_STATUS = 100;
  private static final int STATUSES = 500;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final String OTHER = "other";

  private final String port;
  private final List<String> paths;
  private final AtomicLongArray counts;

  /** Of the port with this name; {@code routes} are its paths. */
  RequestCounter(String port, List<String> routes) {
    this.port = port;
    this.paths = new ArrayList<>(routes);
    paths.add(OTHER);
    this.counts = new AtomicLongArray(paths.size() * STATUSES);
  }

  /** One answer; a path that is no route counts as {@value #OTHER}. */
  void count(String path, int status) {
    int index = paths.indexOf(path);
    counts.incrementAndGet(series(index < 0 ? paths.size() - 1 : index, status));
  }

  private static int series(int path, int status) {
    return path * STATUSES + Math.min(Math.max(status - FIRST_STATUS, 0), STATUSES - 1);
  }

  /** From the start: what each path is expected to answer. Others once they have happened. */
  @Override
  public List<MetricFamilySamples> collect() {
    var samples = new ArrayList<MetricFamilySamples.Sample>();
    for (int path = 0; path < paths.size(); path++) {
      int expected = path == paths.size() - 1 ? NOT_FOUND : OK;
      for (int status = FIRST_STATUS; status < FIRST_STATUS + STATUSES; status++) {
        long count = counts.get(series(path, status));
        if (count > 0 || status == expected) {
          samples.add(
              new MetricFamilySamples.Sample(
                  "leasehold_monitoring_requests_total",
                  List.of("port", "path", "status"),
                  List.of(port, paths.get(path), Integer.toString(status)),
                  count));
        }
      }
    }
    return List.of(
        new MetricFamilySamples(
            "leasehold_monitoring_requests",
            Type.COUNTER,
            "Requests of the monitoring ports.",
            samples));
  }
}
