package io.leasehold.domain.access;

import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Says what a Redis instance is. Safe for any thread; never blocks, never fails its stage. */
public interface InstanceDirectory {
  /** Which instance an id names. */
  CompletionStage<Found> find(UUID id);

  /**
   * Tells {@code listener} the id of each instance that was changed or deleted anywhere in the
   * cluster, at most a second later; it may be told of one more than once, and must return at once.
   *
   * @return stops the telling
   */
  Runnable onChange(Consumer<UUID> listener);

  /** What became of looking for one. */
  sealed interface Found {
    /**
     * Kept by the shards of this cluster.
     *
     * @param maxMemory bytes it may hold
     */
    record Embedded(UUID id, UUID organization, long maxMemory) implements Found {}

    /** A Redis elsewhere, that a user registered. */
    record External(UUID id, UUID organization, ExternalRedis where) implements Found {}

    /** Unknown or deleted. */
    record Missing() implements Found {}

    /** The database has been away for too long to say; {@code cause} is fit for an answer. */
    record Unavailable(String cause) implements Found {}
  }
}
