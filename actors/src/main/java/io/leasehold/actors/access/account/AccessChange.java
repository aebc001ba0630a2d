package io.leasehold.actors.access.account;

import java.util.UUID;

/**
 * Something that other nodes may have in memory was changed.
 *
 * @param id of the change
 * @param resource id of what was changed
 */
public record AccessChange(UUID id, Kind kind, UUID resource) {
  /** What was changed. */
  public enum Kind {
    USER,
    ORGANIZATION,
    API_KEY,
    INSTANCE
  }
}
