package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.PrometheusSettings;
import io.leasehold.config.telemetry.RuleSettings;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.Change;
import io.leasehold.domain.telemetry.Level;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.domain.telemetry.Routing;
import io.leasehold.domain.telemetry.Rule;
import io.leasehold.domain.telemetry.TagMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes targets and rules of the settings. Confined to one reading of them. */
final class RoutePlan {
  private static final String DEFAULT = "default";

  /**
   * A target to be.
   *
   * @param backends its own one, or those of a chain in their order
   */
  record Spec(String name, List<BackendSettings> backends) {}

  private final Map<String, BackendSettings> backends;
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final List<Spec> targets = new ArrayList<>();
  private final Routing routing;

  RoutePlan(TelemetrySettings settings) {
    this.backends = settings.backends();
    Map<String, List<Rule>> bySource = new LinkedHashMap<>();
    settings
        .routing()
        .forEach((source, rules) -> bySource.put(source, rules("routing." + source, rules)));
    List<Rule> global = rules("global", settings.global());
    List<Rule> standard = bySource.remove(DEFAULT);
    this.routing = Routing.of(bySource, standard, global);
  }

  Routing routing() {
    return routing;
  }

  List<Spec> targets() {
    return targets;
  }

  private List<Rule> rules(String path, List<RuleSettings> settings) {
    List<Rule> rules = new ArrayList<>();
    Map<String, List<RuleSettings>> chains = new LinkedHashMap<>();
    for (int i = 0; i < settings.size(); i++) {
      RuleSettings each = settings.get(i);
      if (each.failover()) {
        chains.computeIfAbsent(each.group(), group -> new ArrayList<>()).add(each);
      } else {
        boolean enabled = isEnabled(each);
        List<BackendSettings> one = enabled ? List.of(backendOf(each)) : List.of();
        String name = path + '[' + i + ']';
        int target = target(each.backend(), one);
        rules.add(rule(name, each.backend(), target, enabled, each, one));
      }
    }
    chains.forEach((group, members) -> rules.add(chain(path + '/' + group, members)));
    return rules;
  }

  private Rule chain(String name, List<RuleSettings> settings) {
    List<RuleSettings> members =
        settings.stream()
            .filter(this::isEnabled)
            .sorted(Comparator.comparingInt(RuleSettings::priority))
            .toList();
    List<BackendSettings> takers = members.stream().map(this::backendOf).toList();
    int target = target(name, takers);
    RuleSettings first = members.isEmpty() ? settings.get(0) : members.get(0);
    return rule(name, name, target, !members.isEmpty(), first, takers);
  }

  private boolean isEnabled(RuleSettings rule) {
    BackendSettings backend = backends.get(rule.backend());
    return rule.enabled() && backend != null && backend.enabled();
  }

  private BackendSettings backendOf(RuleSettings rule) {
    BackendSettings backend = backends.get(rule.backend());
    if (backend == null) {
      throw new IllegalArgumentException(rule.backend() + ": no such backend");
    }
    return backend;
  }

  /** The number of a target; one without backends is never asked for, and has none. */
  private int target(String name, List<BackendSettings> members) {
    if (members.isEmpty()) {
      return 0;
    }
    return numbers.computeIfAbsent(
        name,
        fresh -> {
          targets.add(new Spec(fresh, members));
          return targets.size() - 1;
        });
  }

  private static Rule rule(
      String name,
      String targetName,
      int target,
      boolean enabled,
      RuleSettings settings,
      List<BackendSettings> takers) {
    RuleSettings.Filter filter = settings.filter();
    boolean changes = !filter.redact().isEmpty() || !filter.rename().isEmpty();
    List<TagMatch> tags = new ArrayList<>();
    filter.tags().forEach((key, values) -> tags.add(new TagMatch(key, values)));
    Integer importance = settings.importance();
    return new Rule(
        name,
        targetName,
        target,
        enabled,
        settings.priority(),
        taken(types(filter.types()), takers),
        level(filter.minLevel()),
        tags,
        filter.sample(),
        changes ? new Change(filter.redact(), filter.rename()) : null,
        importance == null ? -1 : importance);
  }

  static MessageReader.Window window(TelemetrySettings.Limits limits) {
    return new MessageReader.Window(limits.maxFuture().toMillis(), limits.maxPast().toMillis());
  }

  private static Level level(@Nullable String name) {
    Level level = name == null ? null : Level.of(name);
    return level == null ? Level.DEBUG : level;
  }

  /** Of these types those that all members take. */
  private static Set<MessageType> taken(Set<MessageType> types, List<BackendSettings> takers) {
    Set<MessageType> taken = EnumSet.noneOf(MessageType.class);
    taken.addAll(types);
    if (takers.stream().anyMatch(each -> each.config() instanceof PrometheusSettings)) {
      taken.retainAll(EnumSet.of(MessageType.METRIC));
    }
    return taken;
  }

  private static Set<MessageType> types(@Nullable List<String> names) {
    if (names == null) {
      return Rule.USUAL_TYPES;
    }
    Set<MessageType> types = EnumSet.noneOf(MessageType.class);
    for (String name : names) {
      MessageType type = MessageType.of(name);
      if (type != null) {
        types.add(type);
      }
    }
    return types;
  }
}
