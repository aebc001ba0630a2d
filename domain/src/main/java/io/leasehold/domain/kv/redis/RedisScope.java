package io.leasehold.domain.kv.redis;

/** What a caller must be allowed to run a command. */
public enum RedisScope {
  READ,
  WRITE,
  /** Shows or goes by all keys: read and write together, or admin. */
  KEYSPACE,
  SCRIPT,
  ADMIN,
  /** Every caller may. */
  ANY
}
