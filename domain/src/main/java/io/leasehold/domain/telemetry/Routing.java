package io.leasehold.domain.telemetry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All rules of a configuration. Immutable; safe for any thread. */
public final class Routing {
  private final Map<String, SourceRules> bySource;
  private final SourceRules otherwise;

  private Routing(Map<String, SourceRules> bySource, SourceRules otherwise) {
    this.bySource = Map.copyOf(bySource);
    this.otherwise = otherwise;
  }

  /**
   * Puts rules together.
   *
   * @param bySource rules of sources that have some of their own
   * @param standard rules of all other sources, null if there are none
   * @param global rules of every message besides
   */
  public static Routing of(
      Map<String, List<Rule>> bySource, @Nullable List<Rule> standard, List<Rule> global) {
    Map<String, SourceRules> compiled = new HashMap<>();
    bySource.forEach((source, rules) -> compiled.put(source, compile(rules, global)));
    return new Routing(compiled, compile(standard, global));
  }

  private static SourceRules compile(@Nullable List<Rule> own, List<Rule> global) {
    if (own == null && global.isEmpty()) {
      return new SourceRules(List.of(), DropReason.NO_ROUTE);
    }
    List<Rule> all = new ArrayList<>(own == null ? List.of() : own);
    all.addAll(global);
    boolean disabled = all.stream().noneMatch(Rule::enabled);
    return new SourceRules(all, disabled ? DropReason.ROUTE_DISABLED : DropReason.FILTERED);
  }

  /** The rules of a source; to be kept for as long as this routing is in force. */
  public SourceRules of(String source) {
    return bySource.getOrDefault(source, otherwise);
  }
}
