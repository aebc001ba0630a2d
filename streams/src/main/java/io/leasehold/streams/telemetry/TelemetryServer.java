package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.TelemetrySettings;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.io.Inet;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port of telemetry: accepts connections, and lets them go. Safe for any thread. */
final class TelemetryServer {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int BACKLOG = 1_024;

  private final ActorSystem<?> system;
  private final Materializer materializer;
  private volatile TelemetrySettings.Tcp settings;
  private final Intake intake;
  private final ConnectionBook book;
  private volatile Tcp.@Nullable ServerBinding binding;

  TelemetryServer(
      ActorSystem<?> system, TelemetrySettings.Tcp settings, Intake intake, ConnectionBook book) {
    this.system = system;
    this.materializer = Materializer.createMaterializer(system);
    this.settings = settings;
    this.intake = intake;
    this.book = book;
  }

  /** What counts for connections from now on; host and port stay. */
  void settings(TelemetrySettings.Tcp next) {
    settings = next;
    book.max(next.maxConnections());
  }

  /** Opens the port. Fails with a BindException if it is taken. */
  CompletionStage<InetSocketAddress> bind() {
    return Tcp.get(system.classicSystem())
        .bind(
            settings.host(),
            settings.port().bindNumber(),
            BACKLOG,
            new ArrayList<Inet.SocketOption>(),
            true,
            Optional.empty())
        .to(Sink.foreach(this::accept))
        .run(materializer)
        .thenApply(
            bound -> {
              binding = bound;
              return bound.localAddress();
            });
  }

  private void accept(Tcp.IncomingConnection connection) {
    intake.traffic().connections.count();
    if (!book.tryEnter()) {
      intake.traffic().ended(Traffic.End.LIMIT);
      LOG.debug("connection from {} closed: no place is free", connection.remoteAddress());
      connection.handleWith(
          Flow.<ByteString, ByteString>fromSinkAndSource(
              Sink.<ByteString>cancelled(), Source.<ByteString>empty()),
          materializer);
      return;
    }
    connection.handleWith(
        Flow.fromGraph(new TelemetryConnection(intake, settings.readTimeout(), book)),
        materializer);
  }

  boolean isBound() {
    return binding != null;
  }

  /** Stops accepting. Open connections go on. */
  CompletionStage<Done> unbind() {
    var bound = binding;
    binding = null;
    return bound == null
        ? CompletableFuture.completedFuture(Done.getInstance())
        : bound.unbind().thenApply(nothing -> Done.getInstance());
  }
}
