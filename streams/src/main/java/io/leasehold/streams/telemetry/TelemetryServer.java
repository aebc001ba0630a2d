package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.TelemetrySettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.io.Inet;
import org.apache.pekko.stream.IgnoreCancel$;
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
  private volatile @Nullable TlsKeys keys;
  private volatile Tcp.@Nullable ServerBinding binding;
  private volatile @Nullable UnixDoor unix;

  /**
   * Not open yet.
   *
   * @param keys null = connections are plain text
   */
  TelemetryServer(
      ActorSystem<?> system,
      TelemetrySettings.Tcp settings,
      @Nullable TlsKeys keys,
      Intake intake,
      ConnectionBook book) {
    this.system = system;
    this.materializer = Materializer.createMaterializer(system);
    this.settings = settings;
    this.keys = keys;
    this.intake = intake;
    this.book = book;
  }

  /** What counts for connections from now on; host, port and socket stay. */
  void settings(TelemetrySettings.Tcp next) {
    settings = next;
    book.max(next.maxConnections());
  }

  /** What new connections are shown from now on; whether there is TLS at all stays. */
  void keys(@Nullable TlsKeys next) {
    if (keys != null && next != null) {
      keys = next;
    }
  }

  /** Opens the port. Fails with a BindException if it is taken. */
  CompletionStage<InetSocketAddress> bind() {
    return connections()
        .to(Sink.foreach(this::accept))
        .run(materializer)
        .thenApply(
            bound -> {
              binding = bound;
              return bound.localAddress();
            });
  }

  private Source<Tcp.IncomingConnection, CompletionStage<Tcp.ServerBinding>> connections() {
    var tcp = Tcp.get(system.classicSystem());
    var options = new ArrayList<Inet.SocketOption>();
    int port = settings.port().bindNumber();
    return keys == null
        ? tcp.bind(settings.host(), port, BACKLOG, options, true, Optional.empty())
        : tcp.bindWithTls(
            settings.host(),
            port,
            this::engine,
            BACKLOG,
            options,
            Optional.empty(),
            session -> Optional.empty(),
            IgnoreCancel$.MODULE$); // who has said goodbye is still told what is settled
  }

  private SSLEngine engine() {
    TlsKeys now = keys;
    if (now == null) {
      throw new IllegalStateException("a port with TLS has keys");
    }
    return now.engine();
  }

  /** Opens the socket in the file system, if there is to be one. Waits for the disk. */
  void openUnixSocket() throws IOException {
    Path path = settings.unixPath();
    if (path != null) {
      unix =
          UnixDoor.open(
              system,
              path,
              () -> {
                intake.traffic().connections.count();
                return isLetIn(path);
              },
              () -> Flow.fromGraph(connection("unix:" + path)),
              book::giveBack,
              intake.clock());
    }
  }

  private boolean isLetIn(Object from) {
    boolean entered = book.tryEnter();
    if (!entered) {
      intake.traffic().ended(Traffic.End.LIMIT);
      LOG.debug("connection from {} closed: no place is free", from);
    }
    return entered;
  }

  private TelemetryConnection connection(String remote) {
    return new TelemetryConnection(intake, settings.readTimeout(), book.place(remote));
  }

  private void accept(Tcp.IncomingConnection connection) {
    intake.traffic().connections.count();
    if (isLetIn(connection.remoteAddress())) {
      InetSocketAddress from = connection.remoteAddress();
      String remote = from.getAddress().getHostAddress() + ':' + from.getPort();
      connection.handleWith(Flow.fromGraph(connection(remote)), materializer);
    } else {
      connection.handleWith(
          Flow.<ByteString, ByteString>fromSinkAndSource(
              Sink.<ByteString>cancelled(), Source.<ByteString>empty()),
          materializer);
    }
  }

  boolean isBound() {
    return binding != null;
  }

  /** Stops accepting. Open connections go on. */
  CompletionStage<Done> unbind() {
    var beside = unix;
    unix = null;
    if (beside != null) {
      beside.close();
    }
    var bound = binding;
    binding = null;
    return bound == null
        ? CompletableFuture.completedFuture(Done.getInstance())
        : bound.unbind().thenApply(nothing -> Done.getInstance());
  }
}
