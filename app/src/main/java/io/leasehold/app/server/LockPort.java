package io.leasehold.app.server;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.metrics.LockMeter;
import io.leasehold.app.Version;
import io.leasehold.config.Settings;
import io.leasehold.config.value.Port;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.http.lock.LockRoutes;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.lock.LockServer;
import io.leasehold.streams.lock.LockTraffic;
import io.leasehold.streams.lock.NodeMonitor;
import io.leasehold.streams.lock.ResourceDesk;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** Makes what serves locks, as it is set up. */
final class LockPort {
  private LockPort() {}

  /**
   * What serves the lock protocol; not bound yet.
   *
   * @param limits of those who call the store; null = none is in force
   */
  static LockServer server(
      ActorSystem<?> actors,
      Settings settings,
      ApiKeys keys,
      LockService locks,
      LockMeter meter,
      LockTraffic traffic,
      Consumer<String> keySeen,
      KvStore store,
      @Nullable CallerLimits limits) {
    var lock = settings.lock();
    return new LockServer(
        actors,
        locks,
        new LockServer.Setup(
            lock.host(),
            bindNumber(lock.port()),
            lock.maxConnections(),
            lock.maxConnectionsPerAddress(),
            lock.authRequired(),
            lock.requestTimeout(),
            lock.idleTimeout(),
            Version.text(),
            settings.cluster().isShared()),
        keys,
        traffic,
        new NodeMonitor.Rejections(meter::rejectedByMaxLocksTotal, meter::rejectedByMemoryTotal),
        keySeen,
        new KvDoor(
            store,
            settings.access().required(),
            limits == null
                ? KvDoor.Limit.NONE
                : (caller, address) -> limits.take(CallerLimits.Door.KV_TCP, caller, address, 1)));
  }

  /** The convenience form of acquire over HTTP. */
  static LockRoutes routes(
      ActorSystem<?> actors,
      Settings settings,
      ApiKeys keys,
      LockService locks,
      LockTraffic traffic) {
    boolean keyRequired = settings.access().required() || settings.lock().authRequired();
    var retry = settings.lock().retry();
    var desk =
        new ResourceDesk(
            actors,
            locks,
            traffic,
            keyRequired ? keys : null,
            new ResourceDesk.BackOff(
                retry.enabled(), retry.initialDelay(), retry.maxDelay(), retry.backoffMultiplier()),
            settings.lock().requestTimeout());
    return new LockRoutes(
        request ->
            (request.ofWebPage()
                    ? desk.refuseWebPage()
                    : desk.acquire(
                        request.body().orElse(null),
                        request.headerKey().orElse(null),
                        request.ended()))
                .thenApply(reply -> LockRoutes.written(reply.status(), reply.body())));
  }

  /** 0 lets the system choose; a port that is off is never bound. */
  private static int bindNumber(Port port) {
    return port.isOff() ? 0 : port.bindNumber();
  }
}
