package io.leasehold.config.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which buffers the rules of a file make: one for each backend, and one more for each chain, of the
 * size that its first member has. Backends that are disabled get none, nor do they count in a
 * chain. Confined to one reading.
 */
final class TargetList {
  private final Set<String> enabled;
  private final Map<String, RuleSettings> chains = new LinkedHashMap<>();
  private final Set<String> alone = new LinkedHashSet<>();
  private final Set<String> chained = new LinkedHashSet<>();

  /** Looks at the rules for the backends of {@code enabled} only. */
  TargetList(
      Map<String, List<RuleSettings>> routing, List<RuleSettings> global, Set<String> enabled) {
    this.enabled = enabled;
    routing.forEach((source, rules) -> add("routing." + source, rules));
    add("global", global);
  }

  private void add(String path, List<RuleSettings> rules) {
    for (RuleSettings each : rules) {
      if (!each.enabled() || !enabled.contains(each.backend())) {
        continue;
      }
      if (each.failover()) {
        chained.add(each.backend());
        chains.merge(
            path + '/' + each.group(),
            each,
            (first, other) -> other.priority() < first.priority() ? other : first);
      } else {
        alone.add(each.backend());
      }
    }
  }

  /**
   * The backends whose sizes the buffers have, one entry for each buffer. One that no rule names
   * counts: a rule may come.
   */
  List<String> buffers() {
    List<String> buffers = new ArrayList<>();
    for (String each : enabled) {
      if (alone.contains(each) || !chained.contains(each)) {
        buffers.add(each);
      }
    }
    chains.values().forEach(each -> buffers.add(each.backend()));
    return buffers;
  }
}
