package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import java.io.IOException;

/** An instance is asked no more at the moment. */
final class CircuitOpen extends IOException {
  private static final long serialVersionUID = 1;
  private final int retryAfterSeconds;

  CircuitOpen(Circuit circuit) {
    super("its circuit is open after failures, the last was: " + circuit.cause());
    retryAfterSeconds = circuit.retryAfterSeconds();
  }

  /** What became of a command that was not sent. */
  static Outcome unavailable(Throwable failure) {
    int seconds = Causes.root(failure) instanceof CircuitOpen open ? open.retryAfterSeconds : 1;
    return new Outcome.Unavailable(Causes.text(failure), false, seconds);
  }
}
