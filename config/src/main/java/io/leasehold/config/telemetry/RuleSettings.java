package io.leasehold.config.telemetry;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One rule of routing.
 *
 * @param backend by name; it exists
 * @param failover false = mirror
 * @param group of failover rules that make a chain
 * @param importance 0..3, null = that of the message
 */
public record RuleSettings(
    String backend,
    boolean enabled,
    int priority,
    boolean failover,
    String group,
    Filter filter,
    @Nullable Integer importance) {

  /**
   * What matches, and what is done to the copy.
   *
   * @param types null = all but trace and heartbeat
   * @param minLevel of events, null = all
   * @param tags key to values, any of which will do
   * @param sample 0..1
   * @param redact dotted paths
   * @param rename dotted path to new name
   */
  public record Filter(
      @Nullable List<String> types,
      @Nullable String minLevel,
      Map<String, List<String>> tags,
      double sample,
      List<String> redact,
      Map<String, String> rename) {

    /** Everything but trace and heartbeat, as it is. */
    public static final Filter NONE = new Filter(null, null, Map.of(), 1, List.of(), Map.of());
  }
}
