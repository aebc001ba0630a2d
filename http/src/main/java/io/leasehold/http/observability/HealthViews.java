package io.leasehold.http.observability;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.ComponentStatus;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Answer;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Renders the health of a node: for people and dashboards, for load balancers, for restarts. */
public final class HealthViews {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final NodeInfo info;
  private final Clock clock;

  /** Views of this node. */
  public HealthViews(NodeInfo info, Clock clock) {
    this.info = info;
    this.clock = clock;
  }

  /** RFC 3339 with milliseconds, UTC. */
  public static String time(long millis) {
    return TIME.format(Instant.ofEpochMilli(millis));
  }

  /** Since the start of the process. */
  public long uptimeSeconds() {
    return Math.max(0, (clock.wallMillis() - info.startedMillis()) / 1_000);
  }

  /**
   * The whole picture.
   *
   * @param whole false: without what only those with a key may see
   */
  public Answer health(HealthReport report, boolean whole) {
    boolean serves = report.overall() != ComponentStatus.UNHEALTHY;
    return Answer.json(serves ? 200 : 503, document(report, whole));
  }

  /** The body of {@link #health}. */
  public ObjectNode document(HealthReport report, boolean whole) {
    ComponentStatus overall = report.overall();
    ObjectNode body =
        Answer.object()
            .put("status", overall.wire())
            .put("timestamp", time(clock.wallMillis()))
            .put("uptime_seconds", uptimeSeconds())
            .put("version", info.version());
    if (whole) {
      body.put("node", info.node());
    }
    ObjectNode components = body.putObject("components");
    ObjectNode checks = body.putObject("checks");
    for (HealthReport.Component each : report.components()) {
      CheckResult result = each.result();
      components
          .putObject(each.name())
          .put("status", result.status().wire())
          .put("message", result.message())
          .put("response_time_ms", each.responseMillis());
      ObjectNode check =
          checks
              .putObject(each.name())
              .put("name", each.name())
              .put("status", result.status().wire())
              .put("message", result.message())
              .put("duration_ms", each.responseMillis())
              .put("timestamp", time(report.timestampMillis()));
      if (whole) {
        details(check.putObject("details"), result);
      }
      check.put("critical", each.critical());
    }
    body.putObject("summary")
        .put("total", report.components().size())
        .put("healthy", report.count(ComponentStatus.HEALTHY))
        .put("degraded", report.count(ComponentStatus.DEGRADED))
        .put("unhealthy", report.count(ComponentStatus.UNHEALTHY))
        .put("critical", report.criticalCount());
    if (whole) {
      systemInfo(body.putObject("system_info"));
    }
    return body;
  }

  private static void details(ObjectNode to, CheckResult result) {
    for (CheckResult.Detail detail : result.details()) {
      var members = detail.members();
      if (members != null) {
        ObjectNode group = to.putObject(detail.name());
        members.forEach(group::put);
      } else if (detail.text() == null) {
        to.put(detail.name(), detail.number());
      } else {
        to.put(detail.name(), detail.text());
      }
    }
  }

  private void systemInfo(ObjectNode to) {
    Runtime runtime = Runtime.getRuntime();
    to.put("java_version", System.getProperty("java.version"))
        .put("os", System.getProperty("os.name"))
        .put("arch", System.getProperty("os.arch"))
        .put("num_cpu", runtime.availableProcessors())
        .put("threads", ManagementFactory.getThreadMXBean().getThreadCount())
        .put("memory_mb", (runtime.totalMemory() - runtime.freeMemory()) >> 20)
        .put("start_time", time(info.startedMillis()));
  }

  /** Whether the node should be sent requests. */
  public Answer ready(HealthReport report) {
    var phase = info.phase().get();
    var heldBack = report.heldBackBy();
    boolean ready = phase == null && heldBack.isEmpty();
    ObjectNode body = Answer.object().put("ready", ready);
    if (ready) {
      body.put("status", "ready");
    } else {
      body.put("status", phase == null ? "not_ready" : phase);
      body.put(
          "reason",
          heldBack
              .map(each -> each.name() + ": " + each.result().message())
              .orElseGet(() -> "the node is " + phase));
    }
    body.put("timestamp", time(clock.wallMillis()));
    ObjectNode checks = body.putObject("checks");
    for (HealthReport.Component each : report.components()) {
      ComponentStatus status = each.result().status();
      if (each.name().equals("memory")) {
        checks.put("memory", memory(status));
      } else if (each.holdsBackReady()) {
        checks.put(each.name(), status.wire());
      }
    }
    return Answer.json(ready ? 200 : 503, body);
  }

  private static String memory(ComponentStatus status) {
    return switch (status) {
      case HEALTHY -> "ok";
      case DEGRADED -> "warning";
      case UNHEALTHY -> "critical";
    };
  }

  /** Whether the process should be left alone. Looks at nothing outside it. */
  public Answer live(boolean stalled) {
    ObjectNode body = Answer.object().put("status", stalled ? "stalled" : "alive");
    if (!stalled) {
      body.put("timestamp", time(clock.wallMillis())).put("uptime_seconds", uptimeSeconds());
    }
    return Answer.json(stalled ? 503 : 200, body);
  }
}
