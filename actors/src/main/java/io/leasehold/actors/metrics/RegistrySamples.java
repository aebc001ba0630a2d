package io.leasehold.actors.metrics;

import io.leasehold.domain.health.alert.SampleHistory.Sample;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Set;

/** Reads some series of a registry, as a scraper would. No state; safe for any thread. */
public final class RegistrySamples {
  private RegistrySamples() {}

  /**
   * What these series are now.
   *
   * @param names of series: of a histogram those with {@code _bucket}
   */
  public static List<Sample> of(CollectorRegistry registry, Set<String> names) {
    var samples = new ArrayList<Sample>();
    for (MetricFamilySamples family :
        Collections.list(registry.filteredMetricFamilySamples(names::contains))) {
      for (MetricFamilySamples.Sample each : family.samples) {
        if (names.contains(each.name)) {
          var labels = new HashMap<String, String>();
          for (int i = 0; i < each.labelNames.size(); i++) {
            labels.put(each.labelNames.get(i), each.labelValues.get(i));
          }
          samples.add(new Sample(each.name, labels, each.value));
        }
      }
    }
    return samples;
  }
}
