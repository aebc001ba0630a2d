package io.leasehold.actors.lock;

/** Sharding moves the entity away, or it asked to leave memory: finish and stop. */
public record StopEntity() implements LockMessage {
  public static final StopEntity INSTANCE = new StopEntity();

  @Override
  public String entityId() {
    throw new UnsupportedOperationException("sent to an entity directly, never through a region");
  }
}
