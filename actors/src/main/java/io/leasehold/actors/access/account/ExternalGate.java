package io.leasehold.actors.access.account;

import io.leasehold.domain.access.ExternalRedis;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way from the accounts to external instances. Safe for any thread; never blocks, never fails
 * its stages.
 */
public interface ExternalGate {
  /**
   * How this node stands with an instance.
   *
   * @param connections that are open
   * @param circuit {@code closed}, {@code open} or {@code half-open}
   */
  record State(int connections, String circuit) {
    public static final State NONE = new State(0, "closed");
  }

  /**
   * Connects to an instance that is not registered yet, in as many tries as are allowed, asks it
   * how it is, and hangs up.
   *
   * @param password in clear, null = no login
   */
  CompletionStage<InstanceCheck.Found> verify(ExternalRedis where, @Nullable String password);

  /** Asks an instance how it is, by a connection that is there if there is one. */
  CompletionStage<InstanceCheck.Found> check(ExternalRedis where);

  /** Hangs up, connects anew and asks how it is. */
  CompletionStage<InstanceCheck.Found> reconnect(ExternalRedis where);

  State state(UUID instance);

  /** For a node that connects to nobody. */
  static ExternalGate closed() {
    return new ExternalGate() {
      private static final InstanceCheck.Found NO =
          new InstanceCheck.Found(0, 0, "this node connects to no external instance");

      @Override
      public CompletionStage<InstanceCheck.Found> verify(
          ExternalRedis where, @Nullable String password) {
        return CompletableFuture.completedFuture(NO);
      }

      @Override
      public CompletionStage<InstanceCheck.Found> check(ExternalRedis where) {
        return CompletableFuture.completedFuture(NO);
      }

      @Override
      public CompletionStage<InstanceCheck.Found> reconnect(ExternalRedis where) {
        return CompletableFuture.completedFuture(NO);
      }

      @Override
      public State state(UUID instance) {
        return State.NONE;
      }
    };
  }
}
