package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the shards remember of a lock, to be looked at and repaired. Safe for any thread. */
final class FenceRoutes {
  private static final Logger AUDIT = LoggerFactory.getLogger("leasehold.audit");
  private static final String SILENT = "a shard does not answer";

  private final KvStore store;

  FenceRoutes(KvStore store) {
    this.store = store;
  }

  CompletionStage<HttpResponse> marks(ApiCall call) {
    String lock = Fences.checkedLock(call.parameter());
    return store
        .fenceMarks(lock)
        .thenApply(
            found -> {
              List<KvStore.Mark> marks = found.orElseThrow(() -> Failures.unavailable(SILENT));
              byte[] body =
                  Json.bytes(
                      json -> {
                        json.writeStartObject();
                        json.writeStringField("lock", lock);
                        json.writeArrayFieldStart("marks");
                        for (KvStore.Mark mark : marks) {
                          json.writeStartObject();
                          json.writeNumberField("shard", mark.shard());
                          json.writeNumberField("token", mark.token());
                          json.writeEndObject();
                        }
                        json.writeEndArray();
                        json.writeEndObject();
                      });
              return Answers.json(200, body, List.of());
            });
  }

  CompletionStage<HttpResponse> forget(ApiCall call) {
    String lock = Fences.checkedLock(call.parameter());
    return store
        .forgetFence(lock)
        .thenApply(
            forgotten -> {
              AUDIT
                  .atInfo()
                  .addKeyValue("key_id", call.keyId())
                  .addKeyValue("lock", lock)
                  .addKeyValue("forgotten", forgotten.map(String::valueOf).orElse("unknown"))
                  .addKeyValue("correlation_id", call.correlationId())
                  .log("Fence marks forgotten");
              int count = forgotten.orElseThrow(() -> Failures.unavailable(SILENT));
              byte[] body =
                  Json.bytes(
                      json -> {
                        json.writeStartObject();
                        json.writeBooleanField("success", true);
                        json.writeNumberField("forgotten", count);
                        json.writeEndObject();
                      });
              return Answers.json(200, body, List.of());
            });
  }
}
