package io.leasehold.actors.health;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.actor.ExtensionId;
import org.apache.pekko.actor.ExtensionIdProvider;

/**
 * Where checks that are made by name find the health of their node: one per actor system. Until it
 * is set a node is alive, and neither started nor ready. Safe for any thread.
 */
public final class HealthGate implements Extension {
  private static final Id ID = new Id();

  private static final class Id extends AbstractExtensionId<HealthGate>
      implements ExtensionIdProvider {
    @Override
    public HealthGate createExtension(ExtendedActorSystem system) {
      return new HealthGate();
    }

    @Override
    public ExtensionId<HealthGate> lookup() {
      return this;
    }
  }

  private volatile Supplier<CompletionStage<Boolean>> ready =
      () -> CompletableFuture.completedFuture(false);
  private volatile Supplier<Boolean> alive = () -> true;
  private volatile boolean started;

  private HealthGate() {}

  /** The gate of this system. */
  public static HealthGate of(ActorSystem system) {
    return ID.get(system);
  }

  /**
   * Sets how the node is asked.
   *
   * @param readiness whether it takes requests now
   * @param liveness false only if a restart is the one thing that can help
   */
  public void set(Supplier<CompletionStage<Boolean>> readiness, Supplier<Boolean> liveness) {
    ready = readiness;
    alive = liveness;
  }

  public CompletionStage<Boolean> ready() {
    return ready
        .get()
        .thenApply(
            is -> {
              started |= is;
              return is;
            });
  }

  public CompletionStage<Boolean> alive() {
    return CompletableFuture.completedFuture(alive.get());
  }

  /** Whether the node has been ready once. */
  public CompletionStage<Boolean> started() {
    return started ? CompletableFuture.completedFuture(true) : ready();
  }
}
