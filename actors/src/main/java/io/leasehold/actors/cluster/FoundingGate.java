package io.leasehold.actors.cluster;

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
 * Where the decider of the bootstrap, which is made by name, asks whether this node may found a
 * cluster: one per actor system. Until it is set, it may. Safe for any thread.
 */
public final class FoundingGate implements Extension {
  private static final Id ID = new Id();

  private static final class Id extends AbstractExtensionId<FoundingGate>
      implements ExtensionIdProvider {
    @Override
    public FoundingGate createExtension(ExtendedActorSystem system) {
      return new FoundingGate();
    }

    @Override
    public ExtensionId<FoundingGate> lookup() {
      return this;
    }
  }

  private volatile Supplier<CompletionStage<Boolean>> permission =
      () -> CompletableFuture.completedFuture(true);

  private FoundingGate() {}

  /** The gate of this system. */
  public static FoundingGate of(ActorSystem system) {
    return ID.get(system);
  }

  /** Sets who is asked; a failure counts as a no. */
  public void set(Supplier<CompletionStage<Boolean>> whoDecides) {
    permission = whoDecides;
  }

  /** Whether a cluster may be founded now. Never fails. */
  public CompletionStage<Boolean> mayFound() {
    return CompletableFuture.completedFuture(permission)
        .thenCompose(Supplier::get) // what it throws is a no as well
        .exceptionally(failure -> false);
  }
}
