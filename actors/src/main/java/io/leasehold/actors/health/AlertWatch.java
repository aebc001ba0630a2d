package io.leasehold.actors.health;

import io.leasehold.actors.metrics.RegistrySamples;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.AlertBook;
import io.leasehold.domain.health.alert.AlertRules;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.health.alert.SampleHistory;
import io.leasehold.domain.health.alert.Severity;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates the alert rules of a node: every five seconds it samples what they read, keeps five
 * minutes of it, and logs what begins and what ends. A failure of it is logged and touches nothing
 * else.
 */
public final class AlertWatch extends AbstractBehavior<AlertWatch.Message> {
  /** What the watch is told; only by itself. */
  public sealed interface Message extends NoSerializationVerificationNeeded {}

  /** It is time to evaluate. */
  enum Tick implements Message {
    INSTANCE
  }

  private record Checked(HealthReport report) implements Message {}

  /** Between two evaluations. */
  public static final Duration EVERY = Duration.ofSeconds(5);

  /** Five minutes, and the moment at their start. */
  static final int MOMENTS = 61;

  private static final String STATUS = "leasehold_health_status";
  private static final String READY = "leasehold_ready";
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.alerts");

  /** Where the alerts of a node stand for whoever asks. Safe for any thread. */
  public static final class Board extends Collector {
    private volatile Alerts alerts = Alerts.NONE;
    private final AtomicLong rounds = new AtomicLong();

    /** As of the last evaluation. */
    public Alerts alerts() {
      return alerts;
    }

    /** Evaluations so far. */
    long rounds() {
      return rounds.get();
    }

    private void show(Alerts newAlerts) {
      alerts = newAlerts;
      rounds.incrementAndGet();
    }

    @Override
    public List<MetricFamilySamples> collect() {
      var family =
          new GaugeMetricFamily("leasehold_alerts_active", "Active alerts.", List.of("severity"));
      for (Severity severity : Severity.values()) {
        family.addMetric(List.of(severity.wire()), alerts.count(severity));
      }
      return List.of(family);
    }
  }

  private final CollectorRegistry registry;
  private final HealthService health;
  private final BooleanSupplier running;
  private final Clock clock;
  private final Board board;
  private final AlertBook book;
  private final SampleHistory history = new SampleHistory(MOMENTS);
  private final Set<String> names;

  private AlertWatch(
      ActorContext<Message> context,
      CollectorRegistry registry,
      HealthService health,
      BooleanSupplier running,
      String node,
      Clock clock,
      Board board) {
    super(context);
    this.registry = registry;
    this.health = health;
    this.running = running;
    this.clock = clock;
    this.board = board;
    this.book = new AlertBook(AlertRules.ALL, node);
    this.names = new TreeSet<>(AlertRules.series());
    names.removeAll(Set.of(STATUS, READY)); // those of the report: scrapes refresh the others
  }

  /**
   * Starts to watch.
   *
   * @param running false while the node starts or stops
   * @param node whose alerts these are, {@code host:port}
   */
  public static Behavior<Message> create(
      CollectorRegistry registry,
      HealthService health,
      BooleanSupplier running,
      String node,
      Clock clock,
      Board board) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.INSTANCE, EVERY);
                  return new AlertWatch(context, registry, health, running, node, clock, board);
                }));
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessageEquals(Tick.INSTANCE, this::onTick)
        .onMessage(Checked.class, this::onChecked)
        .build();
  }

  private Behavior<Message> onTick() {
    getContext()
        .pipeToSelf(
            health.report(),
            (report, failure) ->
                new Checked(
                    report == null ? new HealthReport(List.of(), clock.wallMillis()) : report));
    return this;
  }

  private Behavior<Message> onChecked(Checked checked) {
    try {
      evaluate(checked.report());
    } catch (RuntimeException e) {
      LOG.warn("alerts could not be evaluated", e); // some collector is broken, and may recover
    }
    return this;
  }

  private void evaluate(HealthReport report) {
    List<SampleHistory.Sample> samples = new ArrayList<>(RegistrySamples.of(registry, names));
    for (HealthReport.Component each : report.components()) {
      samples.add(
          new SampleHistory.Sample(
              STATUS, Map.of("component", each.name()), each.result().status().gauge()));
    }
    boolean isRunning = running.getAsBoolean();
    boolean ready = isRunning && report.heldBackBy().isEmpty();
    // what is not there yet, or not any more, is no news while a node starts or stops
    var judged = isRunning ? report : new HealthReport(List.of(), report.timestampMillis());
    samples.add(new SampleHistory.Sample(READY, Map.of(), ready ? 1 : 0));
    long now = clock.nanos();
    history.add(now, samples);
    for (AlertBook.Change change : book.update(history, judged, now, clock.wallMillis())) {
      log(change.alert(), change.isEnd());
    }
    board.show(book.alerts());
  }

  private static void log(Alert alert, boolean isEnd) {
    var line =
        isEnd ? LOG.atInfo() : alert.severity() == Severity.CRITICAL ? LOG.atError() : LOG.atWarn();
    line.addKeyValue("alert", alert.name())
        .addKeyValue("severity", alert.severity().wire())
        .addKeyValue("labels", alert.labels())
        .addKeyValue("value", alert.value())
        .log(isEnd ? "alert ended: {}" : "alert: {}", alert.title());
  }
}
