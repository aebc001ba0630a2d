package io.leasehold.domain.access;

import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Says what a gateway key opens. Safe for any thread; never blocks, never fails its stage. */
public interface KeyDirectory {
  /** The verdict on a token as it was presented. */
  CompletionStage<KeyVerdict> check(String token);

  /**
   * Notes that a key was used, by {@code address}; cheap, gathered and written now and then.
   *
   * @param key id of the key
   */
  void used(UUID key, String address);

  /**
   * Tells {@code listener} the id of each key that was changed or revoked anywhere in the cluster,
   * at most a second later; it may be told of one more than once, and must return at once.
   *
   * @return stops the telling
   */
  Runnable onChange(Consumer<UUID> listener);
}
