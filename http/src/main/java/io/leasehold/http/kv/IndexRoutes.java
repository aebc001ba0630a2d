package io.leasehold.http.kv;

import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** What is where. Safe for any thread. */
final class IndexRoutes {
  private final byte[] index;
  private final byte[] openApi;

  /** Reads the document from the class path. */
  IndexRoutes(String version) {
    this.index =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("service", "Leasehold");
              json.writeStringField("version", version);
              json.writeStringField("api_version", "v1");
              json.writeObjectFieldStart("endpoints");
              json.writeStringField("kv", "/api/v1/kv");
              json.writeStringField("health", "/api/v1/health");
              json.writeStringField("metrics", "/api/v1/metrics");
              json.writeStringField("stats", "/api/v1/stats");
              json.writeStringField("dashboard", "/dashboard");
              json.writeEndObject();
              json.writeEndObject();
            });
    this.openApi = document();
  }

  private static byte[] document() {
    try (InputStream in = IndexRoutes.class.getResourceAsStream("openapi.json")) {
      if (in == null) {
        throw new IllegalStateException("openapi.json is not on the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  CompletionStage<HttpResponse> index(ApiCall call) {
    return CompletableFuture.completedFuture(Answers.json(200, index, List.of()));
  }

  CompletionStage<HttpResponse> openApi(ApiCall call) {
    return CompletableFuture.completedFuture(Answers.json(200, openApi, List.of()));
  }
}
