package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;

/**
 * What commands see besides their keyspace and the time.
 *
 * @param random picks members and keys; what was picked is in the effects
 * @param receivers how many hear what is published on a channel
 * @param server what INFO says of the process
 */
public record RedisContext(
    RedisLimits limits, RandomGenerator random, ToIntFunction<Bytes> receivers, Server server) {

  /**
   * The process.
   *
   * @param version of Leasehold
   * @param clients that are connected, 0 or more
   */
  public record Server(String version, long uptimeSeconds, int clients) {}
}
