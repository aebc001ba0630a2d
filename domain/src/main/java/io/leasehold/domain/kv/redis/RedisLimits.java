package io.leasehold.domain.kv.redis;

/**
 * What bounds commands and an instance. All are inclusive, in bytes, above 0.
 *
 * @param maxKey of a key
 * @param maxValue of every other argument, and of a string that commands put together
 * @param maxCommand of all arguments of a command together
 * @param maxReply of a reply, or all replies of a transaction, as {@link Reply#weight} has it
 * @param maxMemory of an instance, as {@link Keyspace#accountedBytes} has it
 */
public record RedisLimits(int maxKey, int maxValue, int maxCommand, long maxReply, long maxMemory) {
  public RedisLimits {
    above0("maxKey", maxKey);
    above0("maxValue", maxValue);
    above0("maxCommand", maxCommand);
    above0("maxReply", maxReply);
    above0("maxMemory", maxMemory);
  }

  private static void above0(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " = " + value + ": must be above 0");
    }
  }
}
