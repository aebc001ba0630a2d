package io.leasehold.http.cluster;

import io.leasehold.actors.health.HealthGate;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.ActorSystem;

/** {@code /startup} of the management port. Made by Pekko Management, by name. */
public final class StartupCheck implements Supplier<CompletionStage<Boolean>> {
  private final HealthGate gate;

  /** Found through the system, which is all that Pekko Management knows. */
  public StartupCheck(ActorSystem system) {
    this.gate = HealthGate.of(system);
  }

  @Override
  public CompletionStage<Boolean> get() {
    return gate.started();
  }
}
