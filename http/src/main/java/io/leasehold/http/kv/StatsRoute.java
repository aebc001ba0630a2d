package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.kv.KvStore.ShardStats;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.ToLongFunction;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** The figures of the whole store. Safe for any thread. */
final class StatsRoute {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final KvStore store;
  private final long startedMillis;
  private final Clock clock;

  /**
   * @param startedMillis wall clock, when the process began
   */
  StatsRoute(KvStore store, long startedMillis, Clock clock) {
    this.store = store;
    this.startedMillis = startedMillis;
    this.clock = clock;
  }

  CompletionStage<HttpResponse> stats(ApiCall call) {
    boolean details = "true".equals(call.query("details"));
    return store
        .stats()
        .thenApply(
            stats -> Answers.json(200, Json.bytes(json -> write(json, stats, details)), List.of()));
  }

  private void write(JsonGenerator json, KvStore.Stats stats, boolean details) throws IOException {
    List<ShardStats> shards = stats.shards();
    long now = clock.wallMillis();
    json.writeStartObject();
    json.writeNumberField("total_keys", sum(shards, ShardStats::keys));
    json.writeNumberField("total_size", sum(shards, ShardStats::bytes));
    json.writeNumberField("expiring_keys", sum(shards, ShardStats::expiring));
    json.writeNumberField("lsm_size", sum(shards, ShardStats::snapshotBytes));
    json.writeNumberField("vlog_size", sum(shards, ShardStats::journalBytes));
    json.writeNumberField("shards", store.shards());
    json.writeNumberField("shards_missing", stats.missing());
    json.writeNumberField("watchers", stats.watchers());
    json.writeNumberField("fence_marks", sum(shards, ShardStats::marks));
    json.writeNumberField("uptime_seconds", Math.max(0, (now - startedMillis) / 1_000));
    json.writeStringField("timestamp", TIME.format(Instant.ofEpochMilli(now)));
    if (details) {
      json.writeObjectFieldStart("details");
      json.writeArrayFieldStart("shards");
      for (ShardStats shard : shards) {
        shard(json, shard);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static long sum(List<ShardStats> shards, ToLongFunction<ShardStats> figure) {
    return shards.stream().mapToLong(figure).sum();
  }

  private static void shard(JsonGenerator json, ShardStats shard) throws IOException {
    json.writeStartObject();
    json.writeNumberField("shard", shard.shard());
    json.writeStringField("node", shard.node());
    json.writeNumberField("keys", shard.keys());
    json.writeNumberField("bytes", shard.bytes());
    json.writeNumberField("revision", shard.revision());
    json.writeNumberField("waiting", shard.waiting());
    json.writeEndObject();
  }
}
