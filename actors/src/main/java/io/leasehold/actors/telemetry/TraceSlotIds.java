package io.leasehold.actors.telemetry;

import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;

/** Each slot is one entity, alone in a shard of Pekko's. Safe for any thread. */
final class TraceSlotIds extends ShardingMessageExtractor<TraceSlot.Command, TraceSlot.Command> {
  static int slotOf(String entityId) {
    return Integer.parseInt(entityId);
  }

  @Override
  public String entityId(TraceSlot.Command message) {
    return Integer.toString(message.slot());
  }

  @Override
  public String shardId(String entityId) {
    return entityId;
  }

  @Override
  public TraceSlot.Command unwrapMessage(TraceSlot.Command message) {
    return message;
  }
}
