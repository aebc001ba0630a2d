package io.leasehold.actors.journal;

/** The state after the change with {@code lastNumber}, as it stands in the snapshot store. */
final class GroupSnapshot {
  private final long lastNumber;
  private final byte[] image;

  GroupSnapshot(long lastNumber, byte[] image) {
    this.lastNumber = lastNumber;
    this.image = image;
  }

  long lastNumber() {
    return lastNumber;
  }

  byte[] image() {
    return image;
  }
}
