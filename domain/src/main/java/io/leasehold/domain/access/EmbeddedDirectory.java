package io.leasehold.domain.access;

import io.leasehold.domain.access.InstanceDirectory.Found;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Says which embedded instances an organization has. Safe for any thread; never blocks, never fails
 * its stage.
 */
public interface EmbeddedDirectory {
  /**
   * The first so many, by their age.
   *
   * @return empty if the database does not answer
   */
  CompletionStage<Optional<List<Found.Embedded>>> embeddedOf(UUID organization, int max);
}
