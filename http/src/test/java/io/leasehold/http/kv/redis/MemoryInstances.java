package io.leasehold.http.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.kv.redis.RedisContext;
import io.leasehold.domain.kv.redis.RedisLimits;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One shard without a journal: the real engine, which a test may let fail. */
final class MemoryInstances implements EmbeddedInstances.Shards {
  static final long MAX_REPLY = 3 << 20;

  final MemoryEvents events = new MemoryEvents();

  /** What was sent, in order. */
  final List<KvOperation.Commands> sent = new ArrayList<>();

  /** What is answered instead of being run; null = it is run. */
  volatile KvResult instead;

  private final Clock clock;
  private final KvImage image = new KvImage(new KvImage.HistoryBounds(16, 1_024));
  private final KvCapacity capacity = new KvCapacity(256L << 20);
  private final Random random = new Random(1);

  MemoryInstances(Clock clock) {
    this.clock = clock;
  }

  @Override
  public synchronized CompletionStage<KvResult> commands(
      KvOperation.Commands operation, String correlationId, Duration patience) {
    sent.add(operation);
    if (instead != null) {
      return CompletableFuture.completedFuture(instead);
    }
    var now = new KvTime(clock.wallMillis(), clock.wallMillis());
    var rules = new KvGroup.Rules(128L << 20, new KvMarks.Rules(16, false, lock -> 0));
    var group = new KvGroup(image, now, rules, capacity);
    var limits = new RedisLimits(32 << 10, 1 << 20, 1_572_864, MAX_REPLY, operation.maxMemory());
    var context =
        new RedisContext(limits, random, events::hearing, new RedisContext.Server("1.0.0", 0, 0));
    KvResult result = group.instances().run(operation, context);
    group.instances().takeBack();
    group.changes().forEach(image::apply);
    group.instances().of(operation.instance()).published().forEach(events::published);
    operation
        .commands()
        .forEach(each -> events.ran(clock.wallMillis() * 1_000, operation.client(), each));
    return CompletableFuture.completedFuture(result);
  }
}
