package io.leasehold.app.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks a store over HTTP. Blocking: every call waits for its answer, at most as long as it says.
 * Safe for any thread.
 */
public final class KvClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** The store answers within five seconds; the network may take some more. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private static final String UNRESERVED = "-._~";

  private final URI base;
  private final @Nullable String apiKey;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * Connects with the first request.
   *
   * @param base {@code http://host:port}
   * @param apiKey sent with every request, null without one
   */
  public KvClient(URI base, @Nullable String apiKey) {
    this.base = base;
    this.apiKey = apiKey;
  }

  /** Where the server is, as a person reads it. */
  public String address() {
    return base.toString();
  }

  /**
   * Begins a request.
   *
   * @param target path and query, encoded
   * @throws IllegalArgumentException if the API key cannot be sent in a header
   */
  public HttpRequest.Builder request(String target) {
    var request = HttpRequest.newBuilder(URI.create(base + target));
    return apiKey == null ? request : request.header("Authorization", "Bearer " + apiKey);
  }

  /** The path of a key: one segment, whatever it consists of. */
  public static String pathOf(String key) {
    return "/api/v1/kv/" + encoded(key);
  }

  /** The text as it may stand in a path segment or in a query. */
  public static String encoded(String text) {
    var encoded = new StringBuilder();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xFF);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append(String.format("%%%02X", (int) c));
      }
    }
    return encoded.toString();
  }

  /**
   * Sends a request and waits for the whole answer.
   *
   * @throws IOException if there is no server, or none that answers within ten seconds: what came
   *     of the request is unknown then
   */
  public HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return sent(request.timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  /** The same, without a limit in time, for what is read, or made, as it goes. */
  public HttpResponse<InputStream> open(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return sent(request.build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  private <T> HttpResponse<T> sent(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    try {
      return http.send(request, handler);
    } catch (ConnectException | HttpTimeoutException e) {
      String why = e.getMessage() == null ? "connection refused" : e.getMessage();
      throw new IOException("no store at " + base + " (" + why + ")", e);
    } catch (IOException e) {
      throw new IOException("connection to " + base + " lost (" + e.getMessage() + ")", e);
    }
  }

  /** What a refusal says, on one line. */
  public static String messageOf(int status, byte[] body) {
    try {
      JsonNode json = JSON.readTree(body);
      if (json != null && json.has("code")) {
        var line = new StringBuilder(json.get("code").asText());
        String message = json.path("message").asText(json.path("error").asText());
        line.append(": ").append(message);
        if (json.has("outcome")) {
          line.append(" (outcome ").append(json.get("outcome").asText()).append(')');
        }
        return line.toString();
      }
    } catch (JsonProcessingException e) {
      // something else speaks at this address: its status is what can be told
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory cannot be read", e);
    }
    return "HTTP status " + status + ", and no answer of a store";
  }
}
