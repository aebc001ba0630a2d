package io.leasehold.config.load;

import io.leasehold.config.Settings;
import java.util.List;

/**
 * A configuration that a node can start with. Immutable.
 *
 * @param effective every key in the order of reference.conf
 * @param warnings what the operator should change, one line each
 * @param infos what was read without effect, one line each
 */
public record Loaded(
    Settings settings, List<Origin> effective, List<String> warnings, List<String> infos) {
  public Loaded {
    effective = List.copyOf(effective);
    warnings = List.copyOf(warnings);
    infos = List.copyOf(infos);
  }
}
