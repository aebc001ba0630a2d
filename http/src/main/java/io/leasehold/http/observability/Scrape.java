package io.leasehold.http.observability;

import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Gzip;
import io.prometheus.client.CollectorRegistry;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** Answers a request for metrics, in the format and with the families that it asks for. */
public final class Scrape {
  private Scrape() {}

  /**
   * Renders a registry.
   *
   * @param without families that are left out
   */
  public static Answer of(Call call, CollectorRegistry registry, Set<String> without) {
    boolean open = call.header("Accept").orElse("").contains("application/openmetrics-text");
    String text = MetricsText.render(registry, open, call.queries("name[]"), without);
    String type = open ? MetricsText.OPEN_METRICS : MetricsText.PLAIN;
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    return Gzip.isAcceptedBy(call.header("Accept-Encoding").orElse(""))
        ? new Answer(200, type, Gzip.zipped(body), Map.of("Content-Encoding", "gzip"))
        : new Answer(200, type, body, Map.of());
  }
}
