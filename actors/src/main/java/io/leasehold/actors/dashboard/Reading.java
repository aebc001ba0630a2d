package io.leasehold.actors.dashboard;

import io.leasehold.actors.metrics.RegistrySamples;
import io.leasehold.domain.health.alert.SampleHistory.Sample;
import io.prometheus.client.CollectorRegistry;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a node had counted at one moment. Immutable.
 *
 * @param nanos of the moment
 * @param refused answers of the gateway that were refusals, by reason
 */
record Reading(
    long nanos,
    Map<Figure, Double> figures,
    Buckets lockTimes,
    Buckets kvTimes,
    Buckets httpTimes,
    Buckets commandTimes,
    Map<String, Double> refused) {

  /** What is added up over all series of a name. */
  enum Figure {
    LOCK_REQUESTS("ttl_semlock_requests_total"),
    LOCK_ERRORS("ttl_semlock_requests_total"),
    HTTP_REQUESTS("http_requests_total"),
    HTTP_ERRORS("http_requests_total"),
    KV_OPERATIONS("kvstore_storage_operations_total"),
    RECEIVED("sidecar_messages_received_total"),
    DELIVERED("sidecar_messages_delivered_total"),
    DROPPED("sidecar_messages_dropped_total"),
    COMMANDS("redis_commands_total"),
    FAILED_COMMANDS("redis_command_errors_total"),
    GATEWAY_REQUESTS("http_requests_total"),
    STREAMS("gateway_streams_active"),
    ACTIVE_LOCKS("ttl_semlock_active_locks"),
    STORAGE_BYTES("kvstore_storage_size_bytes"),
    WATCHERS("leasehold_kv_watchers");

    private final String series;

    Figure(String series) {
      this.series = series;
    }

    private boolean counts(Sample sample) {
      return switch (this) {
        case LOCK_ERRORS -> "error".equals(sample.labels().get("status"));
        case HTTP_ERRORS -> sample.labels().getOrDefault("status", "").startsWith("5");
        case GATEWAY_REQUESTS -> isOfGateway(sample);
        default -> true;
      };
    }
  }

  private static final String LOCK_TIMES = "ttl_semlock_request_duration_seconds_bucket";
  private static final String KV_TIMES = "kvstore_request_duration_seconds_bucket";
  private static final String HTTP_TIMES = "http_request_duration_seconds_bucket";
  private static final String COMMAND_TIMES = "redis_command_duration_seconds_bucket";
  private static final String GATEWAY_PATHS = "/redis/";

  private static final Set<String> SERIES = series();

  private static Set<String> series() {
    var names = new HashSet<>(Set.of(LOCK_TIMES, KV_TIMES, HTTP_TIMES, COMMAND_TIMES));
    for (Figure each : Figure.values()) {
      names.add(each.series);
    }
    return names;
  }

  /** Reads a registry. */
  static Reading of(CollectorRegistry registry, long nanos) {
    var figures = new EnumMap<Figure, Double>(Figure.class);
    var times =
        Map.of(
            LOCK_TIMES, new TreeMap<Double, Double>(),
            KV_TIMES, new TreeMap<Double, Double>(),
            HTTP_TIMES, new TreeMap<Double, Double>(),
            COMMAND_TIMES, new TreeMap<Double, Double>());
    var refused = new TreeMap<String, Double>();
    for (Sample sample : RegistrySamples.of(registry, SERIES)) {
      var bound = sample.labels().get("le");
      var buckets = times.get(sample.name());
      if (buckets != null && bound != null) {
        buckets.merge(
            bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound),
            sample.value(),
            Double::sum);
      }
      var status = sample.labels().getOrDefault("status", "");
      if (Figure.GATEWAY_REQUESTS.series.equals(sample.name())
          && isOfGateway(sample)
          && status.compareTo("4") > 0) {
        refused.merge(GatewayFigures.reason(status), sample.value(), Double::sum);
      }
      for (Figure figure : Figure.values()) {
        if (figure.series.equals(sample.name()) && figure.counts(sample)) {
          figures.merge(figure, sample.value(), Double::sum);
        }
      }
    }
    return new Reading(
        nanos,
        figures,
        buckets(times, LOCK_TIMES),
        buckets(times, KV_TIMES),
        buckets(times, HTTP_TIMES),
        buckets(times, COMMAND_TIMES),
        refused);
  }

  private static Buckets buckets(Map<String, TreeMap<Double, Double>> times, String name) {
    return new Buckets(times.getOrDefault(name, new TreeMap<>()));
  }

  private static boolean isOfGateway(Sample sample) {
    return sample.labels().getOrDefault("path", "").startsWith(GATEWAY_PATHS);
  }

  /** The gateway since an earlier reading. */
  GatewayFigures gateway(Reading earlier) {
    var rates = new TreeMap<String, Double>();
    double seconds = (nanos - earlier.nanos) / 1e9;
    refused.forEach(
        (reason, count) -> {
          double rise = count - earlier.refused.getOrDefault(reason, 0.0);
          if (rise > 0 && seconds > 0) {
            rates.put(reason, rise / seconds);
          }
        });
    return new GatewayFigures(
        perSecond(Figure.GATEWAY_REQUESTS, earlier),
        perSecond(Figure.FAILED_COMMANDS, earlier),
        rates,
        commandTimes.since(earlier.commandTimes),
        value(Figure.STREAMS));
  }

  /** Whether there is such a series at all: its part of the product runs. */
  boolean has(Figure figure) {
    return figures.containsKey(figure);
  }

  double value(Figure figure) {
    return figures.getOrDefault(figure, 0.0);
  }

  /** How much a counter rose since an earlier reading; 0 after a restart of its count. */
  double rise(Figure figure, Reading earlier) {
    return Math.max(0, value(figure) - earlier.value(figure));
  }

  double perSecond(Figure figure, Reading earlier) {
    return nanos == earlier.nanos ? 0 : rise(figure, earlier) * 1e9 / (nanos - earlier.nanos);
  }
}
