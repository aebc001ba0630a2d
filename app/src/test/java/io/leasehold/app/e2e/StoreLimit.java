package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;

/** A key whose requests to the store are limited, and requests with it. */
final class StoreLimit {
  static final int BURST = 60;

  /** One request a second and a burst; the hash is that of the key below. */
  static final String SETTING =
      "access.keys=[{id = limited, scopes = [\"kv:read\", \"kv:write\"], rate = 1, burst = "
          + BURST
          + ", key-sha256 = "
          + "edc45528aa82b5f99f59b616756c7704f0ef59909e7d5f5f77be047d6ee134d8"
          + "}]";

  private static final String KEY = "one-key-for-all-nodes";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private StoreLimit() {}

  static HttpResponse<String> send(ServerProcess at, String method, String path, String body)
      throws Exception {
    var uri = URI.create("http://127.0.0.1:" + at.port("http") + "/api/v1/" + path);
    return CLIENT.send(
        HttpRequest.newBuilder(uri)
            .header("X-API-Key", KEY)
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  static HttpResponse<String> put(ServerProcess at, String value) throws Exception {
    return send(at, "PUT", "kv/limited", "{\"value\":\"" + value + "\"}");
  }

  static String putLine(String value) {
    return "{\"action\":\"kv_put\",\"key\":\"limited\",\"value\":\""
        + value
        + "\",\"api_key\":\""
        + KEY
        + "\"}";
  }

  static long left(HttpResponse<String> answer) {
    return answer.headers().firstValueAsLong("X-RateLimit-Remaining").orElseThrow();
  }

  /**
   * Two nodes are asked as often as one may be: if each had a limit of its own, all would pass.
   * While no owner of the bucket answers, a node of three goes by a third of the burst.
   */
  static void assertIsOneFor(ServerProcess first, ServerProcess second) throws Exception {
    Awaitility.await("the owner of the bucket answers")
        .atMost(Duration.ofSeconds(30))
        .until(() -> left(put(first, "warm")) > BURST / 3);
    Instant begin = Instant.now();
    int admitted = 0;
    int refused = 0;
    for (int i = 0; i < BURST; i++) {
      for (ServerProcess node : List.of(first, second)) {
        HttpResponse<String> answer = put(node, "v" + i);
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 429);
        if (answer.statusCode() == 200) {
          admitted++;
        } else {
          refused++;
        }
      }
    }
    long seconds = Duration.between(begin, Instant.now()).toSeconds() + 1;
    assertThat(admitted).isLessThanOrEqualTo((int) (BURST + 2 * BURST / 3 + seconds));
    assertThat(refused).isPositive();
  }
}
