package io.leasehold.app.e2e;

import io.leasehold.app.log.Logging;
import io.leasehold.app.server.GatewaySetup;
import io.leasehold.app.server.LeaseholdServer;
import io.leasehold.config.load.SettingsLoader;
import io.leasehold.config.load.Sources;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** A whole server whose gateway knows one key for everything, and any instance. */
final class GatewayServer {
  static final String TOKEN = "token-of-the-tests";

  private GatewayServer() {}

  public static void main(String[] args) throws Exception {
    var sets = new ArrayList<String>();
    for (int i = 1; i < args.length; i += 2) {
      sets.add(args[i]);
    }
    var settings = SettingsLoader.load(new Sources(null, Map.of(), sets, null)).settings();
    var logging = Logging.configure(settings.log(), "gateway");
    LeaseholdServer.start(
        settings,
        logging,
        new CompletableFuture<String>(),
        new GatewaySetup.Directories(new Keys(), new Instances()));
    new CountDownLatch(1).await(); // until it is killed
  }

  private static final class Keys implements KeyDirectory {
    private static final KeyGrant GRANT =
        new KeyGrant(
            new UUID(1, 1),
            new UUID(1, 2),
            new UUID(1, 3),
            Set.of(Scope.ALL),
            Set.of(),
            Set.of(),
            List.of(),
            Set.of(),
            OptionalInt.of(1_000_000),
            OptionalInt.empty());

    @Override
    public CompletionStage<KeyVerdict> check(String token) {
      return CompletableFuture.completedFuture(
          token.equals(TOKEN)
              ? new KeyVerdict.Valid(GRANT, Instant.MAX)
              : new KeyVerdict.Refused());
    }

    @Override
    public void used(UUID key, String address) {}

    @Override
    public Runnable onChange(Consumer<UUID> listener) {
      return () -> {};
    }
  }

  private static final class Instances implements InstanceDirectory {
    @Override
    public CompletionStage<Found> find(UUID id) {
      return CompletableFuture.completedFuture(
          new Found.Embedded(id, Keys.GRANT.organization(), 64L << 20));
    }

    @Override
    public Runnable onChange(Consumer<UUID> listener) {
      return () -> {};
    }
  }
}
