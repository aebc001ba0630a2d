package io.leasehold.actors.kv;

/**
 * What holds for all embedded instances of Redis. Immutable.
 *
 * @param maxKey bytes of a key
 * @param maxValue bytes of every other argument, and of a string that commands put together
 * @param maxCommand bytes of all arguments of a command, at most {@value #MAX_COMMAND}
 * @param maxReply bytes of a reply, and of all that are answered together
 * @param version of Leasehold, for INFO
 */
public record InstanceSetup(
    int maxKey, int maxValue, int maxCommand, long maxReply, String version) {
  /** A message between nodes has room for so much, and for what goes with it. */
  public static final int MAX_COMMAND = 1_572_864;

  /** As shipped. */
  public static final InstanceSetup DEFAULTS =
      new InstanceSetup(32 << 10, 1 << 20, MAX_COMMAND, 64L << 20, "");

  public InstanceSetup {
    if (maxCommand > MAX_COMMAND) {
      throw new IllegalArgumentException(
          "maxCommand = " + maxCommand + ": must be at most " + MAX_COMMAND);
    }
  }
}
