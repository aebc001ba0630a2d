package io.leasehold.domain.health.alert;

import io.leasehold.domain.health.ComponentStatus;
import io.leasehold.domain.health.HealthReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the alerts of a node: one per rule and label set, from the moment its rule has held long
 * enough until it holds no more. Holds at most {@value #MAX_ACTIVE} active ones and {@value
 * #MAX_RESOLVED} that have ended. Not thread safe; reads no clock.
 */
public final class AlertBook {
  public static final int MAX_ACTIVE = 500;
  public static final int MAX_RESOLVED = 200;
  static final String COMPONENT = "ComponentUnhealthy";

  private static final long KEEP_RESOLVED_MILLIS = 3_600_000;

  /** An alert that has just begun or, if it is resolved, ended. */
  public record Change(Alert alert) {
    public boolean isEnd() {
      return alert.resolvedMillis() != 0;
    }
  }

  private record Id(String name, Map<String, String> labels) {}

  /** A rule as it is evaluated. */
  private record Ready(AlertRule rule, Expression.Compared expression, long patienceNanos) {
    static Ready of(AlertRule rule) {
      return new Ready(
          rule,
          ExpressionParser.rule(rule.expression()),
          ExpressionParser.durationNanos(rule.patience()));
    }
  }

  private final List<Ready> rules;
  private final String node;

  /** When what holds now began to. */
  private final Map<Id, Long> holdingSince = new HashMap<>();

  private final Map<Id, Alert> active = new LinkedHashMap<>();
  private final ArrayDeque<Alert> resolved = new ArrayDeque<>();

  /**
   * Nothing is active. A rule with a mistake in it throws an IllegalArgumentException.
   *
   * @param node whose alerts these are, {@code host:port}
   */
  public AlertBook(List<AlertRule> rules, String node) {
    this.rules = rules.stream().map(Ready::of).toList();
    this.node = node;
  }

  /** Evaluates every rule. Returns what began and what ended, in this order. */
  public List<Change> update(
      SampleHistory history, HealthReport report, long nowNanos, long wallMillis) {
    var found = new LinkedHashMap<Id, Alert>();
    var holding = new HashSet<Id>();
    for (Ready ready : rules) {
      AlertRule rule = ready.rule();
      for (Point point : ready.expression().evaluate(history, nowNanos)) {
        var id = new Id(rule.name(), point.labels());
        long since = holdingSince.computeIfAbsent(id, key -> nowNanos);
        holding.add(id);
        if (nowNanos - since >= ready.patienceNanos()) {
          found.put(id, alert(rule, point, ready.expression().threshold(), wallMillis));
        }
      }
    }
    holdingSince.keySet().retainAll(holding);
    for (HealthReport.Component each : report.components()) {
      if (each.result().status() != ComponentStatus.HEALTHY) {
        var alert = unhealthy(each, wallMillis);
        found.put(new Id(COMPONENT, alert.labels()), alert);
      }
    }
    return settle(found, wallMillis);
  }

  private List<Change> settle(Map<Id, Alert> found, long wallMillis) {
    var begun = new ArrayList<Change>();
    found.forEach(
        (id, alert) -> {
          var before = active.get(id);
          if (before != null) {
            active.put(id, alert.since(before.sinceMillis()));
          } else if (active.size() < MAX_ACTIVE) {
            active.put(id, alert);
            begun.add(new Change(alert));
          }
        });
    var changes = new ArrayList<Change>(begun);
    for (Iterator<Map.Entry<Id, Alert>> each = active.entrySet().iterator(); each.hasNext(); ) {
      var entry = each.next();
      if (!found.containsKey(entry.getKey())) {
        each.remove();
        Alert ended = entry.getValue().resolvedAt(wallMillis);
        resolved.addFirst(ended);
        changes.add(new Change(ended));
      }
    }
    while (resolved.size() > MAX_RESOLVED
        || (!resolved.isEmpty()
            && wallMillis - resolved.getLast().resolvedMillis() > KEEP_RESOLVED_MILLIS)) {
      resolved.removeLast();
    }
    return changes;
  }

  private Alert alert(AlertRule rule, Point point, double threshold, long wallMillis) {
    return new Alert(
        rule.name(),
        rule.severity(),
        rule.title(),
        rule.description(),
        Alert.FROM_METRICS,
        point.labels(),
        wallMillis,
        point.value(),
        threshold,
        node,
        0);
  }

  private Alert unhealthy(HealthReport.Component component, long wallMillis) {
    var status = component.result().status();
    boolean grave = component.critical() && status == ComponentStatus.UNHEALTHY;
    return new Alert(
        COMPONENT,
        grave ? Severity.CRITICAL : Severity.WARNING,
        component.name() + " is " + status.wire(),
        component.name() + ": " + component.result().message(),
        Alert.FROM_HEALTH,
        Map.of("component", component.name()),
        wallMillis,
        status.gauge(),
        1,
        node,
        0);
  }

  /** What is active and what has ended, newest first. */
  public Alerts alerts() {
    var newest = new ArrayList<>(active.values());
    newest.sort(Comparator.comparingLong(Alert::sinceMillis).reversed());
    return new Alerts(newest, List.copyOf(resolved));
  }
}
