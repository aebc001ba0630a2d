package io.leasehold.http.kv.redis;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.domain.access.CommandRule;
import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisCommand;
import io.leasehold.domain.kv.redis.RedisCommands;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts the commands that come in at any door, by the names that the engine or the table of Redis'
 * commands knows and one for all others, so that what a client makes up adds no series. Safe for
 * any thread.
 */
public final class GatewayMeter {
  private static final String OTHER = "OTHER";
  private static final int LONGEST_NAME = 32;

  private final boolean enabled;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> indexes = new HashMap<>();

  /** As most clients send them, in one case throughout. */
  private final Map<Bytes, Integer> asSent = new HashMap<>();

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
    RedisCommands.all().forEach(command -> add(command.name()));
    var shown = new BitSet();
    shown.set(0, names.size());
    for (CommandRule rule : CommandTable.all()) {
      String name = rule.name().toUpperCase(Locale.ROOT);
      if (name.indexOf('|') < 0 && !indexes.containsKey(name)) {
        add(name); // external instances run it
      }
    }
    shown.set(names.size());
    add(OTHER);
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
            List.of("command"),
            labels,
            shown); // with all of them the page would be twice as long
  }

  private void add(String name) {
    indexes.put(name, names.size());
    asSent.put(Bytes.utf8(name), names.size());
    asSent.put(Bytes.utf8(name.toLowerCase(Locale.ROOT)), names.size());
    names.add(name);
  }

  private int index(Bytes name) {
    Integer index = asSent.get(name);
    return index != null ? index : indexOfAnyCase(name);
  }

  private int indexOfAnyCase(Bytes name) {
    RedisCommand known = RedisCommands.find(name);
    String upper =
        known != null
            ? known.name()
            : name.size() > LONGEST_NAME ? OTHER : name.text().toUpperCase(Locale.ROOT);
    return indexes.getOrDefault(upper, names.size() - 1);
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
    int index = index(name);
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
