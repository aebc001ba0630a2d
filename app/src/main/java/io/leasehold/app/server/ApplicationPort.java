package io.leasehold.app.server;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.config.Settings;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiDoor;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.HttpPort;
import io.leasehold.http.access.RawArea;
import io.leasehold.http.access.RequestLog;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port of the application: opened with its routes, drained, closed. One thread. */
final class ApplicationPort implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");

  private final ApiDoor door;
  private @Nullable HttpPort binding;

  private ApplicationPort(ApiDoor door) {
    this.door = door;
  }

  /**
   * Opens the port; null if it is off.
   *
   * @param limits of those who call the store; null = none is in force
   * @param area with rules of its own; null = there is none
   */
  static @Nullable ApplicationPort open(
      ActorSystem<?> actors,
      Settings settings,
      ApiKeys keys,
      @Nullable CallerLimits limits,
      List<ApiRoute> routes,
      @Nullable RawArea area,
      CollectorRegistry registry,
      Clock clock,
      Map<String, Integer> ports)
      throws StartException {
    var http = settings.http();
    if (http.port().isOff()) {
      LOG.info("store and dashboard off");
      return null;
    }
    var setup =
        new ApiDoor.Setup(
            http.host(),
            http.port().bindNumber(),
            http.maxConnections(),
            http.idleTimeout(),
            http.maxBody(),
            http.corsAllowedOrigins(),
            settings.access().required(),
            settings.gateway().corsAllowedOrigins(),
            settings.gateway().trustedProxies());
    var log = new RequestLog(settings.log().requests(), settings.log().slow(), clock);
    var port = new ApplicationPort(new ApiDoor(setup, routes, keys, limits, log, clock, area));
    port.door.figures().forEach(registry::register);
    HttpPort bound =
        Patience.await(port.door.bind(actors), "http.port = " + http.port() + ": cannot be bound");
    port.binding = bound;
    ports.put("http", bound.address().getPort());
    LOG.info("store and dashboard on {}:{}", http.host(), bound.address().getPort());
    return port;
  }

  /** From now on the store takes nothing; what shows the node still answers. */
  void drain() {
    door.drain();
  }

  /** Threads that a handler must never block; none if the port is off. */
  static List<Executor> executors(@Nullable ApplicationPort port) {
    return port == null || port.binding == null ? List.of() : port.binding.executors();
  }

  @Override
  public void close() {
    if (binding != null) {
      binding.unbind();
    }
  }
}
