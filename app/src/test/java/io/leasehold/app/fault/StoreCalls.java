package io.leasehold.app.fault;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** The requests of one client of the store, each noted in the history. Confined to a thread. */
final class StoreCalls {
  /** Beyond the time within which the server promises an answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private static final long PAUSE = 20 * History.MILLI;

  private final StoreWorkload workload;
  private final StoreHistory history;
  private final HttpClient http;
  private final int client;
  private final Random random;
  private int node;

  StoreCalls(StoreWorkload workload, HttpClient http, int client, Random random) {
    this.workload = workload;
    this.http = http;
    this.client = client;
    this.random = random;
    history = workload.history();
    node = random.nextInt(1_000);
  }

  StoreOperation get(int key, long token) {
    return ask(StoreKind.GET, key, "", StoreOperation.ANY_VERSION, token);
  }

  StoreOperation put(int key, long token) {
    return ask(StoreKind.PUT, key, value(), StoreOperation.ANY_VERSION, token);
  }

  /**
   * @param version that is to be replaced, 0 = the key must be absent
   */
  StoreOperation cas(int key, long version, long token) {
    return ask(StoreKind.CAS, key, value(), version, token);
  }

  StoreOperation delete(int key, long token) {
    return ask(StoreKind.DELETE, key, "", StoreOperation.ANY_VERSION, token);
  }

  StoreOperation increment(int key) {
    return ask(StoreKind.INCREMENT, key, "", StoreOperation.ANY_VERSION, 0);
  }

  /** Nobody else writes it. */
  private String value() {
    return client + "." + workload.nextValue();
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private StoreOperation ask(
      StoreKind kind, int key, String value, long expectedVersion, long token) {
    workload.pace();
    if (random.nextInt(20) == 0) {
      node++; // nobody stays with one node for ever
    }
    InetSocketAddress address = address();
    var request = new StoreOperation.Request(client, kind, key, value, expectedVersion, token);
    HttpRequest sent = http(address, request);
    int number = history.sending(request);
    StoreOperation ended = history.answered(number, send(number, request, sent));
    if (ended.outcome().isDefinite()) {
      workload.succeeded(key, ended.sentNanos());
    } else if (ended.outcome() != StoreOutcome.STALE_FENCE) {
      node++;
      workload.rest(PAUSE);
    }
    return ended;
  }

  private InetSocketAddress address() {
    List<InetSocketAddress> addresses = workload.addresses();
    return addresses.isEmpty()
        ? new InetSocketAddress("127.0.0.1", 1) // refused at once
        : addresses.get(Math.floorMod(node, addresses.size()));
  }

  private HttpRequest http(InetSocketAddress address, StoreOperation.Request request) {
    StoreKey key = history.keys().get(request.key());
    boolean byPath = request.kind() == StoreKind.CAS && random.nextBoolean();
    String action = request.kind() == StoreKind.INCREMENT ? "/increment" : byPath ? "/cas" : "";
    var http =
        HttpRequest.newBuilder(
                URI.create(
                    "http://"
                        + address.getHostString()
                        + ":"
                        + address.getPort()
                        + "/api/v1/kv/"
                        + encoded(key.name())
                        + action))
            .timeout(PATIENCE)
            .header("Accept", "application/json");
    if (request.token() > 0) {
      http.header("If-Fence", encoded(key.lock()) + "/" + request.token());
    }
    if (request.kind() == StoreKind.CAS && !byPath) {
      if (request.expectedVersion() == 0) {
        http.header("If-None-Match", "*");
      } else {
        http.header("If-Match", "\"" + request.expectedVersion() + "\"");
      }
    }
    String method =
        switch (request.kind()) {
          case GET -> "GET";
          case DELETE -> "DELETE";
          case INCREMENT -> "POST";
          case PUT, CAS -> byPath ? "POST" : "PUT";
        };
    String body = body(request, byPath, key.ttlMillis());
    return http.method(
            method,
            body.isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static String body(StoreOperation.Request request, boolean byPath, int ttlMillis) {
    String ttl = ttlMillis > 0 ? ",\"ttl_ms\":" + ttlMillis : "";
    String value = "{\"value\":\"" + request.value() + "\"" + ttl;
    return switch (request.kind()) {
      case GET, DELETE -> "";
      case INCREMENT -> "{}";
      case PUT -> value + "}";
      case CAS ->
          !byPath
              ? value + "}"
              : value
                  + (request.expectedVersion() == 0
                      ? ",\"expected\":null}"
                      : ",\"expected_version\":" + request.expectedVersion() + "}");
    };
  }

  private StoreOperation.Answer send(int number, StoreOperation.Request request, HttpRequest sent) {
    try {
      HttpResponse<String> response = http.send(sent, HttpResponse.BodyHandlers.ofString());
      StoreOperation.Answer answer =
          StoreAnswers.read(request, response.statusCode(), response.body());
      if (answer.outcome() == StoreOutcome.UNEXPECTED) {
        workload.note(
            "unexpected: #"
                + number
                + " "
                + sent.method()
                + " "
                + sent.uri()
                + " got "
                + response.statusCode()
                + " "
                + response.body());
      }
      return answer;
    } catch (ConnectException | HttpConnectTimeoutException e) {
      return StoreOperation.Answer.of(StoreOutcome.NOT_APPLIED); // nothing was sent
    } catch (HttpTimeoutException e) {
      workload.note("no answer within " + PATIENCE.toMillis() + " ms: #" + number);
      return StoreOperation.Answer.of(StoreOutcome.BROKEN);
    } catch (IOException e) {
      return StoreOperation.Answer.of(StoreOutcome.BROKEN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return StoreOperation.Answer.of(StoreOutcome.BROKEN);
    }
  }
}
