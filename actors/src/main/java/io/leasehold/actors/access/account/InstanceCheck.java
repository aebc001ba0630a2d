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
   */
  record Found(long latencyMillis, long usedBytes, @Nullable String error) {}

  CompletionStage<Found> check(UUID id);
}
