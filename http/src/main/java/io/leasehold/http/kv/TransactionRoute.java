package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Several operations, all or none. Safe for any thread. */
final class TransactionRoute {
  private final KvStore store;

  TransactionRoute(KvStore store) {
    this.store = store;
  }

  CompletionStage<HttpResponse> run(ApiCall call) {
    KvOperation.Transaction transaction = TransactionReader.of(call);
    return store
        .run(transaction, Reads.writer(call))
        .thenApply(
            result -> {
              if (result instanceof KvResult.Applied applied) {
                byte[] body = Json.bytes(json -> write(json, transaction, applied));
                return Answers.json(200, body, List.of());
              }
              throw Failures.of(result, transaction);
            });
  }

  private static void write(
      JsonGenerator json, KvOperation.Transaction transaction, KvResult.Applied applied)
      throws IOException {
    json.writeStartObject();
    json.writeBooleanField("success", true);
    json.writeNumberField("operations_completed", applied.results().size());
    if (applied.version() != 0) {
      json.writeNumberField("version", applied.version());
    }
    json.writeArrayFieldStart("results");
    for (int i = 0; i < applied.results().size(); i++) {
      KvResult result = applied.results().get(i);
      json.writeStartObject();
      EntryWriter.text(json, "key", transaction.steps().get(i).operation().key());
      json.writeBooleanField("success", true);
      if (result instanceof KvResult.Found found) {
        json.writeBooleanField("found", true);
        EntryWriter.membersButKey(json, found.entry(), found.ttlMillis());
      } else if (result instanceof KvResult.Absent) {
        json.writeBooleanField("found", false);
      } else {
        ResultWriter.done(json, result);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
