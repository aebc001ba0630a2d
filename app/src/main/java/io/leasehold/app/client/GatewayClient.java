package io.leasehold.app.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Calls of the gateway's control plane. Blocking, some seconds at most; one thread. */
public final class GatewayClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int OK = 200;

  /**
   * What was answered.
   *
   * @param data null unless the status is 200
   */
  public record Said(int status, JsonNode data, String message) {
    public boolean isDone() {
      return status == OK;
    }
  }

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final URI address;
  private @Nullable String token;

  /**
   * @param address of the server, without a path
   */
  public GatewayClient(URI address) {
    this.address = address;
  }

  /** From now on every call is made by the session with this token. */
  public void use(String sessionToken) {
    token = sessionToken;
  }

  /**
   * One call.
   *
   * @param body null = none
   * @throws IOException if there is no answer, or none of a gateway
   */
  public Said call(String method, String path, @Nullable JsonNode body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(PATIENCE)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpResponse<byte[]> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    JsonNode said = JSON.readTree(answer.body());
    if (said == null || !said.has("success")) {
      throw new IOException(address + " is no gateway: it answered " + answer.statusCode());
    }
    return new Said(answer.statusCode(), said.path("data"), said.path("message").asText());
  }
}
