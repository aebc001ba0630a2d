package io.leasehold.app.server;

import com.typesafe.config.ConfigFactory;
import io.leasehold.app.log.Logging;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that is nothing but a telemetry sidecar. One thread starts and stops it; it blocks. */
public final class SidecarServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private final DataDirectory directory;
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private @Nullable ActorSystem<Void> system;
  private @Nullable SidecarSetup sidecar;

  private SidecarServer(DataDirectory directory) {
    this.directory = directory;
  }

  /**
   * Starts it. When this returns its ports answer.
   *
   * @param dataDir where it keeps what it writes for itself
   * @throws StartException if it cannot run; what was begun is undone
   */
  public static SidecarServer start(TelemetryFileSource source, Path dataDir, Logging logging)
      throws StartException {
    var server = new SidecarServer(DataDirectory.take(dataDir.toAbsolutePath()));
    try {
      server.startAll(source, logging);
      return server;
    } catch (StartException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void startAll(TelemetryFileSource source, Logging logging) throws StartException {
    var registry = new CollectorRegistry();
    registry.register(logging.droppedLines());
    DefaultExports.register(registry);
    var config =
        ConfigFactory.parseString("pekko.actor.provider = local")
            .withFallback(ConfigFactory.parseResourcesAnySyntax("leasehold-pekko.conf"))
            .withFallback(ConfigFactory.defaultReferenceUnresolved())
            .resolve();
    ActorSystem<Void> actors = ActorSystem.create(Behaviors.empty(), "telemetry", config);
    system = actors;
    sidecar =
        SidecarSetup.start(
            actors,
            source,
            directory.path(),
            registry,
            Clock.system(),
            SidecarSetup.Doors.ofAFile(ports),
            null);
    try {
      directory.writePorts(ports);
    } catch (IOException e) {
      throw new StartException(directory.path() + ": cannot be used (" + e + ")", e);
    }
    LOG.info("ready");
  }

  /** Reads its file again. */
  public void reload() {
    var running = sidecar;
    if (running != null) {
      running.reload();
    }
  }

  /** Ports by the name of their door. */
  public Map<String, Integer> ports() {
    return Map.copyOf(ports);
  }

  @Override
  public void close() {
    if (sidecar != null) {
      sidecar.close();
      sidecar = null;
    }
    var actors = system;
    if (actors != null) {
      actors.terminate();
      try {
        Patience.await(actors.getWhenTerminated(), STOP_PATIENCE, "actors run");
      } catch (StartException e) {
        LOG.warn("stopping: {}", e.getMessage());
      }
      system = null;
    }
    try {
      directory.close();
    } catch (IOException e) {
      LOG.warn("stopping: {}", e.toString());
    }
  }
}
