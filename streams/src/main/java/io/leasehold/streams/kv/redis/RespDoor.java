package io.leasehold.streams.kv.redis;

import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.KeyVersions;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.EmbeddedDirectory;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisGroup;
import io.leasehold.domain.kv.redis.RedisLimits;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of the port share. Safe for any thread.
 *
 * @param meter counts commands
 */
public record RespDoor(
    Rules rules,
    EmbeddedInstances instances,
    KeyVersions versions,
    InstanceEvents events,
    KeyDirectory keys,
    InstanceDirectory directory,
    EmbeddedDirectory embedded,
    GatewayLimits limits,
    Denials denials,
    Meter meter,
    Clock clock) {

  /**
   * What commands may ask for.
   *
   * @param maxCommand bytes of all arguments of a command, or of all commands of a transaction
   * @param maxCommands of a transaction
   * @param limits of single commands, as the instances have them; the bound on memory is their own
   * @param durable whether what is written outlives the process
   */
  public record Rules(
      int maxCommand,
      int maxCommands,
      RedisLimits limits,
      Duration commandTimeout,
      Duration batchTimeout,
      boolean durable) {

    /** Why a command would be refused whatever its instance holds; null = it would be run. */
    Reply.@Nullable Failure refusal(List<Bytes> command) {
      return RedisGroup.refusal(command, limits);
    }
  }

  /** Counts commands. Safe for any thread. */
  public interface Meter {
    /** A command was answered. */
    void answered(Bytes name, boolean failed, long nanos);
  }

  RespLogin login() {
    return new RespLogin(keys, directory, embedded, limits, denials);
  }
}
