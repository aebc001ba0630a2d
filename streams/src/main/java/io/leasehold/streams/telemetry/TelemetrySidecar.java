package io.leasehold.streams.telemetry;

import io.leasehold.actors.telemetry.TraceExchange;
import io.leasehold.actors.telemetry.TraceOwner;
import io.leasehold.config.telemetry.SpoolSettings;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.telemetry.ConfigReport;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.OwnEvents;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.telemetry.SlowTrace;
import io.leasehold.domain.telemetry.TapFeed;
import io.leasehold.domain.telemetry.TapFilter;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.telemetry.TokenBook;
import io.leasehold.domain.telemetry.TopFigures;
import io.leasehold.domain.telemetry.TraceSummary;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.leasehold.streams.telemetry.spool.Spool;
import io.leasehold.streams.telemetry.spool.SpoolException;
import io.leasehold.streams.telemetry.spool.StreamBook;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
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
   * @param spool directory of the spool, unless the file names another; {@code native} beside it is
   *     for what the spool unpacks
   * @param cluster joins those that share the work on traces; null = there are no others
   */
  public record Parts(
      BackendFactory backends,
      DeadLetterStore deadLetters,
      Path history,
      Path spool,
      Clock clock,
      RandomGenerator random,
      @Nullable Function<TraceOwner, TraceExchange> cluster) {
    /** Of a node that is alone. */
    public Parts(
        BackendFactory backends,
        DeadLetterStore deadLetters,
        Path history,
        Path spool,
        Clock clock,
        RandomGenerator random) {
      this(backends, deadLetters, history, spool, clock, random, null);
    }
  }

  private final ActorSystem<?> system;
  private final TelemetrySettings settings;
  private final Clock clock;
  private final Traffic traffic = new Traffic();
  private final SourceBook sources;
  private final @Nullable Spool spool;
  private final Pipeline pipeline;
  private final TraceCounts traceCounts = new TraceCounts();
  private final Correlator correlator;
  private final MemoryBudget memory = new MemoryBudget();
  private final ConnectionBook connections;
  private final TelemetryServer server;
  private final InternalEvents events;
  private final LedgerWatch ledgerWatch;
  private final Tap tap;
  private final TopWatch top;
  private final DeadLetterStore deadLetters;
  private final DeadLetterDesk desk;
  private final Cancellable looking;
  private final Reloads reloads;
  private volatile TokenBook tokens;
  private volatile long memoryTotal;
  private volatile String address = "";

  /**
   * Starts the delivery; the port is opened by {@link #bind}.
   *
   * @param file as it was read from {@code source}
   * @param source is read again when it changes, and when somebody asks for it
   * @throws SpoolException if what is spooled cannot be read, or another process has it
   * @throws TelemetryFileException if a file it names cannot be used
   */
  public TelemetrySidecar(
      ActorSystem<?> system, TelemetryFile file, TelemetryFileSource source, Parts parts)
      throws SpoolException, TelemetryFileException {
    this.system = system;
    this.settings = file.settings();
    TlsKeys keys = TlsKeys.ifAny(file.name(), settings.tcp().tls()); // before anything is open
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
    this.tap = new Tap(settings.tap(), clock);
    this.tokens = tokens(settings.auth());
    var records =
        new TraceRouter.Parts(
            pipeline::snapshot,
            sources,
            traffic,
            parts.random().nextLong(),
            new AtomicLong(),
            parts.random()::nextDouble,
            memory);
    this.correlator =
        new Correlator(settings.correlation(), records, traceCounts, parts.cluster(), clock);
    var intake =
        new Intake(
            pipeline::snapshot,
            sources,
            traffic,
            new RejectionLog(clock),
            records.origin(),
            records.numbers(),
            new StreamBook(MAX_STREAMS),
            spool,
            settings.spool().use() == SpoolSettings.Use.ALWAYS,
            tap,
            () -> tokens,
            correlator,
            memory,
            clock,
            parts.random()::nextDouble);
    this.server = new TelemetryServer(system, settings.tcp(), keys, intake, connections);
    this.events = new InternalEvents(settings.internalEvents(), intake);
    this.ledgerWatch = new LedgerWatch(pipeline::ledger, clock);
    pipeline.apply(settings);
    this.memoryTotal = settings.memoryTotal();
    memory.limits(memoryTotal, pipeline.bufferBytes());
    this.top = new TopWatch(pipeline, traffic, sources, spool, clock);
    if (spool != null) {
      pipeline.dropSpooled(spool.forgetUnclaimed());
      spool.start(pipeline::isDurable);
    }
    correlator.start();
    this.reloads =
        new Reloads(
            pipeline,
            file,
            source,
            next -> server.keys(TlsKeys.ifAny(next.name(), next.settings().tcp().tls())),
            this::applied,
            new ConfigHistory(parts.history()),
            clock);
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
    // not beside a dir that the file names: another process may try to have that too
    Path library = parts.spool().resolveSibling("native");
    return Spool.open(
        dir, library, settings, parts.random().nextLong(), sources::of, parts.clock());
  }

  private void applied(TelemetrySettings next) {
    server.settings(next.tcp());
    tap.settings(next.tap());
    events.settings(next.internalEvents());
    tokens = tokens(next.auth());
    correlator.settings(next.correlation());
    memoryTotal = next.memoryTotal();
    if (spool != null) {
      spool.settings(next.spool());
    }
  }

  private static TokenBook tokens(TelemetrySettings.Auth auth) {
    return new TokenBook(
        auth.required(),
        auth.tokens().stream()
            .map(each -> new TokenBook.Token(each.name(), each.sha256(), each.sources()))
            .toList());
  }

  private void look() {
    pipeline.checkTime();
    memory.limits(memoryTotal, pipeline.bufferBytes()); // targets that end have less and less
    ledgerWatch.look();
    top.look();
  }

  /** Adds the families to {@code registry}. */
  public TelemetrySidecar register(CollectorRegistry registry) {
    registry.register(traffic.connections);
    registry.register(traffic.ends);
    registry.register(traffic.routed);
    registry.register(traffic.acks);
    registry.register(traffic.nacks);
    registry.register(memory.waits());
    registry.register(events.skipped());
    traceCounts.register(registry, traffic, correlator::state);
    if (spool != null) {
      registry.register(spool.commits());
      registry.register(new SpoolFigures(spool));
    }
    registry.register(
        new TelemetryFigures(
            pipeline, traffic, sources, memory, ledgerWatch, reloads, deadLetters));
    registry.register(new TapFigures(tap));
    return this;
  }

  /** Where the process it is part of tells of itself from now on; to be asked for once. */
  public OwnEvents events() {
    events.start(system, settings.tcp().readTimeout());
    return events;
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

  /** Opens the socket in the file system, if there is to be one. Waits for the disk. */
  public void openUnixSocket() throws IOException {
    server.openUnixSocket();
  }

  @Override
  public CompletionStage<ReloadOutcome> reload(boolean wait) {
    return reloads.reload(wait);
  }

  @Override
  public DoorClient.Page clients(int limit) {
    return connections.clients(limit);
  }

  @Override
  public TopFigures top() {
    return top.figures();
  }

  @Override
  public CompletionStage<ConfigReport> config() {
    return reloads.report();
  }

  @Override
  public boolean mayTap() {
    return tap.hasPlace();
  }

  @Override
  public Optional<TapFeed> tap(TapFilter filter, long limit) {
    return Optional.ofNullable(tap.open(filter, limit));
  }

  @Override
  public Explanation explain(byte[] line) {
    Snapshot now = pipeline.snapshot();
    Explanation found = Explanation.of(now.routing(), line, clock.wallMillis(), now.window());
    return correlator.isOn() ? found : found.uncorrelated();
  }

  @Override
  public CompletionStage<Optional<String>> trace(String tid) {
    return correlator.find(tid);
  }

  @Override
  public CompletionStage<List<TraceSummary>> traces(int limit) {
    return correlator.newest(limit);
  }

  @Override
  public CompletionStage<List<SlowTrace>> slowestTraces(int limit) {
    return correlator.slowest(limit);
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
    events.close();
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
    return connections.drain().thenCombine(events.drain(), (done, also) -> done);
  }

  /** Delivers what is left, for at most so long, and drops the rest. Blocks. */
  public void stop(Duration patience) throws InterruptedException {
    reloads.close();
    desk.stopping();
    long began = clock.nanos();
    correlator.stop(patience.dividedBy(4));
    Duration spent = Duration.ofNanos(clock.nanos() - began);
    pipeline.stop(spent.compareTo(patience) < 0 ? patience.minus(spent) : Duration.ZERO);
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
    return new StatusTaker(pipeline, traffic, sources, spool, correlator.state())
        .take(
            server.isBound() || settings.tcp().port().isOff(),
            address,
            connections.open(),
            reloads.state());
  }
}
