package io.leasehold.http.kv.redis;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisCommand;
import io.leasehold.domain.kv.redis.RedisCommands;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the commands that come in at any door, by the names that the engine knows and one for all
 * others, so that what a client makes up adds no series. Safe for any thread.
 */
public final class GatewayMeter {
  private static final String OTHER = "OTHER";

  private final boolean enabled;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> indexes = new HashMap<>();
  private final EventCounter commands;
  private final EventCounter errors;
  private final DurationHistogram durations;
  private final DurationHistogram batches =
      DurationHistogram.ofBatchSizes(
          "gateway_batch_commands", "Commands of pipelines and transactions.");

  /**
   * Starts at zero.
   *
   * @param enabled false: nothing is counted
   */
  public GatewayMeter(boolean enabled) {
    this.enabled = enabled;
    for (RedisCommand command : RedisCommands.all()) {
      indexes.put(command.name(), names.size());
      names.add(command.name());
    }
    names.add(OTHER);
    List<List<String>> labels = names.stream().map(List::of).toList();
    this.commands =
        new EventCounter("redis_commands", "Commands of the gateway.", List.of("command"), labels);
    this.errors =
        new EventCounter(
            "redis_command_errors",
            "Commands of the gateway that were answered with an error.",
            List.of("command"),
            labels);
    this.durations =
        DurationHistogram.ofSeconds(
            "redis_command_duration_seconds",
            "A command sent to its instance to its answer; of a batch, the batch.",
            "command",
            names);
  }

  /** Adds the families to {@code registry}. */
  public GatewayMeter register(CollectorRegistry registry) {
    for (var each : List.of(commands, errors, durations, batches)) {
      registry.register(each);
    }
    return this;
  }

  /** A command was answered. */
  public void answered(Bytes name, boolean failed, long nanos) {
    if (!enabled) {
      return;
    }
    RedisCommand known = RedisCommands.find(name);
    int index = known == null ? names.size() - 1 : indexes.getOrDefault(known.name(), 0);
    commands.count(index, 1);
    if (failed) {
      errors.count(index, 1);
    }
    durations.record(index, nanos);
  }

  /** A batch came in. */
  void batch(int size) {
    if (enabled) {
      batches.record(0, size);
    }
  }
}
