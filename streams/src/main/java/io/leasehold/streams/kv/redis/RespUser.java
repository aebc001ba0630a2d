package io.leasehold.streams.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyGrant;

/**
 * Who has logged in, and to which instance. Immutable.
 *
 * @param token as it was presented; never shown
 */
record RespUser(KeyGrant grant, String token, long expiresAtMillis, Found.Embedded instance) {
  EmbeddedInstances.Target target(String correlationId, String client) {
    return new EmbeddedInstances.Target(instance.id(), instance.maxMemory(), correlationId, client);
  }

  @Override
  public String toString() {
    return "key " + grant.id() + " at instance " + instance.id();
  }
}
