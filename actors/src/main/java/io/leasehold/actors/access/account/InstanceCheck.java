package io.leasehold.actors.access.account;

import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Asks an embedded instance whether it answers. Never blocks, never fails its stage. */
public interface InstanceCheck {
  /**
   * What came of it.
   *
   * @param latencyMillis from the question to the answer
   * @param usedBytes of its memory, 0 if that is not known
   * @param error why it did not answer; null = it did
   * @param remote what an external instance says of itself; null = nothing
   */
  record Found(
      long latencyMillis, long usedBytes, @Nullable String error, @Nullable Remote remote) {
    public Found(long latencyMillis, long usedBytes, @Nullable String error) {
      this(latencyMillis, usedBytes, error, null);
    }
  }

  /**
   * What an external instance says of itself.
   *
   * @param version at most 32 characters
   * @param maxMemory bytes, 0 = no bound
   */
  record Remote(String version, long maxMemory) {}

  CompletionStage<Found> check(UUID id);
}
