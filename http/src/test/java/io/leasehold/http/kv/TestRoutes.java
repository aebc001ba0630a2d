package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import java.nio.file.Path;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** The routes of the store, as a server has them. */
final class TestRoutes {
  static final long RESTORE_MAX_BYTES = 100_000;

  private TestRoutes() {}

  static List<ApiRoute> of(KvStore store, ActorTestKit kit, Path spool, Clock clock) {
    var setup = new KvRoutes.Setup(spool, RESTORE_MAX_BYTES, "1.0.0", clock.wallMillis());
    return new KvRoutes(store, setup, kit.system(), clock).routes();
  }
}
