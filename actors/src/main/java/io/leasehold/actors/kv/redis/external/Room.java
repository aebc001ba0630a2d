package io.leasehold.actors.kv.redis.external;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What may wait for one instance, or be listened for in all: commands or names, and bytes of them.
 * Safe for any thread.
 */
final class Room {
  static final long MAX_COMMANDS = 200_000;
  static final long MAX_BYTES = 64L << 20;

  private final AtomicLong commands = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /** Whether there is room; then it is taken. What is alone always finds room. */
  boolean take(int moreCommands, long moreBytes) {
    long before = commands.getAndAdd(moreCommands);
    long bytesBefore = bytes.getAndAdd(moreBytes);
    boolean fits =
        before == 0
            || (before + moreCommands <= MAX_COMMANDS && bytesBefore + moreBytes <= MAX_BYTES);
    if (!fits) {
      give(moreCommands, moreBytes);
    }
    return fits;
  }

  void give(int fewerCommands, long fewerBytes) {
    commands.addAndGet(-fewerCommands);
    bytes.addAndGet(-fewerBytes);
  }
}
