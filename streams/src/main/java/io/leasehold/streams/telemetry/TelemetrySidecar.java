package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.SpoolSettings;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.leasehold.streams.telemetry.spool.Spool;
import io.leasehold.streams.telemetry.spool.SpoolException;
import io.leasehold.streams.telemetry.spool.StreamBook;
import io.prometheus.client.CollectorRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The telemetry sidecar: takes lines over TCP, validates and routes them, delivers them, accounts
 * for every one. Made, bound, drained and stopped by one thread; all else is safe for any.
 */
public final class TelemetrySidecar implements TelemetryControl {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int MAX_STREAMS = 100_000;
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /**
   * What it is made with.
   *
   * @param deadLetters is closed by {@link #stop}
   * @param history directory in which the last configurations are kept
   * @param spool directory of the spool, unless the file names another
   */
  public record Parts(
      BackendFactory backends,
      DeadLetterStore deadLetters,
      Path history,
      Path spool,
      Clock clock,
      RandomGenerator random) {}

  private final ActorSystem<?> system;
  private final TelemetrySettings settings;
  private final Clock clock;
  private final Traffic traffic = new Traffic();
  private final SourceBook sources;
  private final @Nullable Spool spool;
  private final Pipeline pipeline;
  private final ConnectionBook connections;
  private final TelemetryServer server;
  private final LedgerWatch ledgerWatch;
  private final DeadLetterStore deadLetters;
  private final DeadLetterDesk desk;
  private final Cancellable looking;
  private final Reloads reloads;
  private volatile String address = "";

  /**
   * Starts the delivery; the port is opened by {@link #bind}.
   *
   * @param file as it was read from {@code source}
   * @param source is read again when it changes, and when somebody asks for it
   * @throws SpoolException if what is spooled cannot be read, or another process has it
   */
  public TelemetrySidecar(
      ActorSystem<?> system, TelemetryFile file, TelemetryFileSource source, Parts parts)
      throws SpoolException {
    this.system = system;
    this.settings = file.settings();
    this.clock = parts.clock();
    this.sources = new SourceBook(settings.limits().sources());
    this.spool = openSpool(settings.spool(), parts, sources);
    this.pipeline =
        new Pipeline(
            parts.backends(),
            parts.deadLetters(),
            traffic,
            sources,
            spool,
            clock,
            parts.random()::nextDouble);
    this.deadLetters = parts.deadLetters();
    this.desk = new DeadLetterDesk(deadLetters, pipeline, sources, traffic.replayed, clock);
    this.connections = new ConnectionBook(settings.tcp().maxConnections(), traffic.open, clock);
    var intake =
        new Intake(
            pipeline::snapshot,
            sources,
            traffic,
            new RejectionLog(clock),
            parts.random().nextLong(),
            new AtomicLong(),
            new StreamBook(MAX_STREAMS),
            spool,
            settings.spool().use() == SpoolSettings.Use.ALWAYS,
            clock,
            parts.random()::nextDouble);
    this.server = new TelemetryServer(system, settings.tcp(), intake, connections);
    this.ledgerWatch = new LedgerWatch(pipeline::ledger, clock);
    pipeline.apply(settings);
    if (spool != null) {
      pipeline.dropSpooled(spool.forgetUnclaimed());
      spool.start(pipeline::isDurable);
    }
    this.reloads =
        new Reloads(
            pipeline, file, source, this::applied, new ConfigHistory(parts.history()), clock);
    this.looking =
        system
            .scheduler()
            .scheduleWithFixedDelay(LOOK_EVERY, LOOK_EVERY, this::look, system.executionContext());
  }

  private static @Nullable Spool openSpool(SpoolSettings settings, Parts parts, SourceBook sources)
      throws SpoolException {
    if (settings.use() == SpoolSettings.Use.OFF) {
      return null;
    }
    Path dir = settings.dir() == null ? parts.spool() : settings.dir();
    return Spool.open(dir, settings, parts.random().nextLong(), sources::of, parts.clock());
  }

  private void applied(TelemetrySettings next) {
    server.settings(next.tcp());
    if (spool != null) {
      spool.settings(next.spool());
    }
  }

  private void look() {
    pipeline.checkTime();
    ledgerWatch.look();
  }

  /** Adds the families to {@code registry}. */
  public TelemetrySidecar register(CollectorRegistry registry) {
    registry.register(traffic.connections);
    registry.register(traffic.ends);
    registry.register(traffic.routed);
    registry.register(traffic.acks);
    registry.register(traffic.nacks);
    if (spool != null) {
      registry.register(spool.commits());
      registry.register(new SpoolFigures(spool));
    }
    registry.register(
        new TelemetryFigures(pipeline, traffic, sources, ledgerWatch, reloads, deadLetters));
    return this;
  }

  /** Opens the port. Fails with a BindException if it is taken. */
  public CompletionStage<InetSocketAddress> bind() {
    return server
        .bind()
        .thenApply(
            bound -> {
              address = settings.tcp().host() + ':' + bound.getPort();
              return bound;
            });
  }

  @Override
  public CompletionStage<ReloadOutcome> reload(boolean wait) {
    return reloads.reload(wait);
  }

  @Override
  public Explanation explain(byte[] line) {
    Snapshot now = pipeline.snapshot();
    return Explanation.of(now.routing(), line, clock.wallMillis(), now.window());
  }

  @Override
  public CompletionStage<DeadLetterReport> deadLetters(boolean wait) {
    return desk.report(wait);
  }

  @Override
  public String work(DeadLetterJob.Order order) {
    return desk.begin(order);
  }

  /** Stops accepting. Open connections go on. */
  public CompletionStage<Done> unbind() {
    return server.unbind();
  }

  /** Done when no connection has read anything for {@code silence}; after {@code atMost} anyway. */
  public CompletionStage<Done> quiet(Duration silence, Duration atMost) {
    return connections.quiet(
        silence.toNanos(),
        atMost.toNanos(),
        (nanos, task) ->
            system
                .scheduler()
                .scheduleOnce(Duration.ofNanos(nanos), task, system.executionContext()));
  }

  /** Ends all connections when what they have read is handed over. */
  public CompletionStage<Done> drain() {
    return connections.drain();
  }

  /** Delivers what is left, for at most so long, and drops the rest. Blocks. */
  public void stop(Duration patience) throws InterruptedException {
    reloads.close();
    desk.stopping();
    pipeline.stop(patience);
    desk.close();
    deadLetters.close();
    if (spool != null) {
      spool.close();
    }
    looking.cancel();
    LOG.info("telemetry stopped, ledger: {}", pipeline.ledger());
  }

  /** All terms, as they are now. */
  public Ledger ledger() {
    return pipeline.ledger();
  }

  @Override
  public TelemetryStatus status() {
    return new TelemetryStatus(
        server.isBound() || settings.tcp().port().isOff(),
        address,
        connections.open(),
        pipeline.snapshot().generation(),
        reloads.state(),
        sources.all().stream().map(TelemetrySidecar::state).toList(),
        pipeline.slots().stream().map(TelemetrySidecar::state).toList(),
        pipeline.targets().stream().map(TelemetrySidecar::state).toList(),
        dropped(),
        spool == null
            ? null
            : new TelemetryStatus.SpoolState(
                spool.state().name().toLowerCase(Locale.ROOT),
                spool.liveBytes(),
                spool.fill(),
                spool.lags()),
        pipeline.ledger());
  }

  private static TelemetryStatus.SourceState state(SourceCounts counts) {
    return new TelemetryStatus.SourceState(
        counts.label(),
        counts.received(),
        counts.receivedBytes(),
        counts.dropped(),
        counts.inMemory(),
        counts.lastSeenMillis());
  }

  private static TelemetryStatus.BackendState state(BackendSlot slot) {
    return new TelemetryStatus.BackendState(
        slot.name(),
        slot.settings().type(),
        slot.state(),
        slot.isMisconfigured(),
        slot.lastReason(),
        slot.lastError());
  }

  private static TelemetryStatus.TargetState state(Target target) {
    TargetCounts counts = target.counts();
    List<String> members = new ArrayList<>();
    String active = null;
    for (BackendSlot each : target.members()) {
      members.add(each.name());
      if (active == null && each.state() != Breaker.State.OPEN) {
        active = each.name();
      }
    }
    return new TelemetryStatus.TargetState(
        target.name(),
        members,
        active,
        target.inFlight(),
        target.buffer().heldBytes(),
        counts.routed(),
        counts.delivered(),
        counts.deadLettered(),
        counts.retries());
  }

  private Map<String, Map<String, Long>> dropped() {
    Map<String, Map<String, Long>> all = new TreeMap<>();
    for (DropReason reason : DropReason.values()) {
      add(all, "", reason, traffic.dropped(reason));
      pipeline.counts().forEach(each -> add(all, each.name(), reason, each.dropped(reason)));
    }
    return all;
  }

  private static void add(
      Map<String, Map<String, Long>> all, String target, DropReason reason, long count) {
    if (count > 0) {
      all.computeIfAbsent(target, fresh -> new TreeMap<>()).put(reason.wire(), count);
    }
  }
}
