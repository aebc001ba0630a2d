package io.leasehold.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.ApiKeys.Right;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ApiDoorTest {
  private static final String ID = "X-Correlation-ID";
  private static final String REQUEST_ID = "X-Request-ID";
  private static final String HUGE = "0123456789abcdef".repeat(10_001);
  private static ActorTestKit kit;
  private static OpenDoor door;

  @BeforeAll
  static void open() throws Exception {
    kit = ActorTestKit.create();
    door = new OpenDoor(kit, routes());
  }

  @AfterAll
  static void close() throws Exception {
    door.close();
    kit.shutdownTestKit();
  }

  private static List<ApiRoute> routes() {
    var open = EnumSet.of(ApiRoute.Trait.CORS, ApiRoute.Trait.REVALIDATED, ApiRoute.Trait.STORE);
    return List.of(
        new ApiRoute(
            List.of("GET", "HEAD"),
            "/api/v1/kv/{key}",
            Right.KV_READ,
            open,
            call -> text(call.parameter())),
        new ApiRoute(
            List.of("POST"),
            "/api/v1/kv/{key}/{verb}",
            Right.KV_WRITE,
            open,
            call -> text(call.body().utf8String())),
        new ApiRoute(
            List.of("POST"),
            "/api/v1/kv/batch/put",
            Right.KV_WRITE,
            open,
            call -> text("the batch")),
        new ApiRoute(
            List.of("GET"), "/page", null, EnumSet.noneOf(ApiRoute.Trait.class), call -> stream()),
        new ApiRoute(
            List.of("GET"),
            "/large",
            null,
            EnumSet.noneOf(ApiRoute.Trait.class),
            call -> text("x".repeat(5_000))),
        new ApiRoute(
            List.of("GET"),
            "/huge",
            null,
            EnumSet.noneOf(ApiRoute.Trait.class),
            call -> text(HUGE)));
  }

  private static CompletableFuture<HttpResponse> text(String text) {
    return CompletableFuture.completedFuture(
        HttpResponse.create().withEntity(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, text)));
  }

  private static CompletableFuture<HttpResponse> stream() {
    var data = Source.range(1, 1_000).map(i -> ByteString.fromString("line " + i + "\n"));
    return CompletableFuture.completedFuture(
        HttpResponse.create().withEntity(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, data)));
  }

  private static String head(String... headers) {
    return "GET /api/v1/kv/k HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
        + String.join("", headers)
        + "\r\n";
  }

  private static List<String> values(String answer, String name) {
    return answer
        .lines()
        .takeWhile(line -> !line.isEmpty())
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .toList();
  }

  @Test
  void idsOfTheClientAreTakenOverIfTheyAreHarmless() throws Exception {
    String longest = "~!\"" + "x".repeat(61);
    String answer = door.raw(head(ID + ": " + longest + "\r\n", REQUEST_ID + ": r-1\r\n"));
    assertThat(values(answer, ID)).containsExactly(longest);
    assertThat(values(answer, REQUEST_ID)).containsExactly("r-1");
  }

  @Test
  void idsThatCouldDoHarmAreReplaced() throws Exception {
    for (String sent :
        List.of(
            ID + ": " + "x".repeat(65) + "\r\n",
            ID + ": two words\r\n",
            ID + ": caf\u00c3\u00a9\r\n",
            ID + ": \u0001\r\n",
            ID + ": \r\n",
            ID + ": one\r\n" + ID + ": two\r\n",
            ID + ": a\r\n\tSet-Cookie: x=1\r\n",
            ID + ": a\rSet-Cookie: x=1\r\n",
            ID + ": a%0d%0aSet-Cookie: x=1\r\n")) {
      String answer = door.raw(head(sent));
      assertThat(answer).as(sent).doesNotContain("\nSet-Cookie").doesNotContain("\rSet-Cookie");
      assertThat(values(answer, ID)).as(sent).hasSize(1);
      assertThat(values(answer, ID).get(0)).as(sent).matches("cor_[0-9a-f]{16}");
      assertThat(values(answer, REQUEST_ID)).hasSize(1);
      assertThat(values(answer, REQUEST_ID).get(0)).matches("req_[0-9a-f]{16}");
    }
    // a bare line feed ends a header, as RFC 9112 allows: what follows is another of the request
    String answer = door.raw(head(ID + ": a\nSet-Cookie: x=1\r\n"));
    assertThat(values(answer, ID)).containsExactly("a");
    assertThat(answer).doesNotContain("Set-Cookie");
  }

  @Test
  void everyAnswerHasIds() throws Exception {
    for (String request :
        List.of(
            head(),
            "GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "PATCH /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "BREW /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "GET /" + "x".repeat(17_000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: h\r\nX: " + "x".repeat(33_000) + "\r\n\r\n",
            "GET /page HTTP/1.1\r\n\r\n",
            "nonsense that is no request line\r\n\r\n")) {
      String answer = door.raw(request);
      String shown = request.substring(0, Math.min(40, request.length())) + " -> " + answer;
      assertThat(answer).as(shown).startsWith("HTTP/1.1 ");
      assertThat(values(answer, ID)).as(shown).hasSize(1);
      assertThat(values(answer, REQUEST_ID)).as(shown).hasSize(1);
    }
  }

  @Test
  void limitsOfTheHead() throws Exception {
    String longUri = "/page?" + "x".repeat(16_000);
    assertThat(door.raw("GET " + longUri + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    String tooLong = "/page?" + "x".repeat(17_000);
    assertThat(door.raw("GET " + tooLong + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 414 ")
        .contains("\"code\":\"invalid_request\"");
    String twenty = "X-A: " + "x".repeat(20_000) + "\r\n";
    assertThat(door.raw(head(twenty))).startsWith("HTTP/1.1 200 ");
    assertThat(door.raw(head(twenty, twenty))).startsWith("HTTP/1.1 400 ").contains("exceed 32768");
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedAlsoInChunks() throws Exception {
    var body = "x".repeat((8 << 20) + 1);
    assertThat(door.send("POST", "/api/v1/kv/k/cas", body).statusCode()).isEqualTo(413);
    String chunk = Integer.toHexString(1 << 20) + "\r\n" + "x".repeat(1 << 20) + "\r\n";
    String answer =
        door.raw(
            "POST /api/v1/kv/k/cas HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + chunk.repeat(9)
                + "0\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\"code\":\"body_too_large\"");
    assertThat(door.send("POST", "/api/v1/kv/k/cas", "x".repeat(8 << 20)).body()).hasSize(8 << 20);
    // who waits for a word before sending gets the answer at once
    assertThat(
            door.raw(
                "POST /api/v1/kv/k/cas HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n"
                    + "Expect: 100-continue\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ");
  }

  /**
   * An answer in the middle of a body would close the connection, and its sender would see that
   * instead of the answer.
   */
  @Test
  void whoSendsABodyThatNobodyWantsHearsWhyAndKeepsTheConnection() throws Exception {
    String tooLarge = "x".repeat((8 << 20) + 1);
    String wanted = "x".repeat(1 << 20);
    for (String refused :
        List.of(
            framed("POST /api/v1/kv/k/cas", tooLarge),
            framed("POST /nowhere", wanted),
            framed("DELETE /page", wanted),
            framed("OPTIONS /api/v1/kv/k", wanted))) {
      String answers = door.raw(refused + head());
      assertThat(answers.split("HTTP/1.1 ", -1)).as(answers).hasSize(3);
      assertThat(answers).contains("HTTP/1.1 200 OK").endsWith("\r\n\r\nk");
    }
  }

  private static String framed(String request, String body) {
    return request + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  @Test
  void pathsAreTakenAsTheyWereSent() throws Exception {
    assertThat(door.send("GET", "/api/v1/kv/a%2Fb%20%C3%BC", null).body()).isEqualTo("a/b \u00fc");
    assertThat(door.send("GET", "/api/v1/%6Bv/k", null).body()).isEqualTo("k");
    assertThat(door.send("GET", "/api/v1/kv/batch", null).body()).isEqualTo("batch");
    assertThat(door.send("POST", "/api/v1/kv/batch/put", "").body()).isEqualTo("the batch");
    assertThat(door.send("POST", "/api/v1/kv/batch/cas", "b").body()).isEqualTo("b");
    assertThat(door.raw("GET /api/v1/kv/.. HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        .endsWith("\r\n\r\n..");
    assertThat(
            door.raw("GET http://h/api/v1/kv/x?y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        .endsWith("\r\n\r\nx");
    // the header in which the server keeps the path is not the client's to set
    assertThat(door.raw(head("Raw-Request-URI: /api/v1/kv/other\r\n"))).endsWith("\r\n\r\nk");
  }

  @Test
  void headHasNoBody() throws Exception {
    String answer = door.raw("HEAD /api/v1/kv/k HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
    assertThat(values(answer, "Content-Length")).containsExactly("1");
  }

  @Test
  void pagesOfOtherOrigins() throws Exception {
    var preflight =
        door.send(
            "OPTIONS",
            "/api/v1/kv/k",
            null,
            "Origin",
            "https://a.example",
            "Access-Control-Request-Method",
            "PUT");
    assertThat(preflight.statusCode()).isEqualTo(200);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Methods"))
        .hasValue("GET, POST, PUT, DELETE, HEAD, OPTIONS");
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
        .contains("If-Fence")
        .contains("Last-Event-ID");
    var unknown = door.send("OPTIONS", "/api/v1/anything/else", null);
    assertThat(unknown.statusCode()).isEqualTo(200);
    assertThat(unknown.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    var ofPage = door.send("OPTIONS", "/page", null);
    assertThat(ofPage.statusCode()).isEqualTo(405);
    assertThat(ofPage.headers().firstValue("Allow").orElseThrow()).doesNotContain("OPTIONS");

    var get = door.send("GET", "/api/v1/kv/k", null, "Origin", "https://a.example");
    assertThat(get.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
    assertThat(get.headers().firstValue("Access-Control-Expose-Headers").orElseThrow())
        .contains("X-Key-Version");
    assertThat(door.send("GET", "/page", null).headers().map())
        .doesNotContainKey("access-control-allow-origin");
  }

  @Test
  void onlyOriginsOfTheSettingsAreSentBack() throws Exception {
    try (var some =
        new OpenDoor(kit, routes(), ApiKeys.NONE, false, List.of("https://a.example"))) {
      var known = some.send("GET", "/api/v1/kv/k", null, "Origin", "https://a.example");
      assertThat(known.headers().firstValue("Access-Control-Allow-Origin"))
          .hasValue("https://a.example");
      var other = some.send("GET", "/api/v1/kv/k", null, "Origin", "https://b.example");
      assertThat(other.statusCode()).isEqualTo(200);
      assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }
    try (var none = new OpenDoor(kit, routes(), ApiKeys.NONE, false, List.of())) {
      var off = none.send("OPTIONS", "/api/v1/kv/k", null, "Origin", "https://a.example");
      assertThat(off.statusCode()).isEqualTo(200);
      assertThat(off.headers().map().keySet()).noneMatch(name -> name.startsWith("access-"));
    }
  }

  @Test
  void largeAnswersAreCompressedIfAskedFor() throws Exception {
    var zipped =
        door.sendBytes("GET", "/large", new byte[0], "Accept-Encoding", "br;q=1, gzip;q=0.5");
    assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(unzipped(zipped.body())).isEqualTo("x".repeat(5_000));
    var huge = door.sendBytes("GET", "/huge", new byte[0], "Accept-Encoding", "*");
    assertThat(huge.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(unzipped(huge.body())).isEqualTo(HUGE);
    var stream = door.sendBytes("GET", "/page", new byte[0], "Accept-Encoding", "gzip");
    assertThat(unzipped(stream.body())).startsWith("line 1\nline 2\n").endsWith("line 1000\n");
    for (String coding : List.of("identity", "gzip;q=0")) {
      var plain = door.send("GET", "/large", null, "Accept-Encoding", coding);
      assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
      assertThat(plain.headers().firstValue("Vary")).hasValue("Accept-Encoding");
    }
    var small = door.send("GET", "/api/v1/kv/small", null, "Accept-Encoding", "gzip");
    assertThat(small.body()).isEqualTo("small");
  }

  private static String unzipped(byte[] body) throws Exception {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, Double> figures(OpenDoor door) {
    var all = new TreeMap<String, Double>();
    for (Collector collector : door.door.figures()) {
      for (MetricFamilySamples family : collector.collect()) {
        for (MetricFamilySamples.Sample each : family.samples) {
          all.put(each.name + each.labelValues, each.value);
        }
      }
    }
    return all;
  }

  @Test
  void whatClientsMakeUpAddsNoSeries() throws Exception {
    var keys = new ApiKeys.Builder().add("good", EnumSet.of(Right.KV_READ)).build();
    try (var counted = new OpenDoor(kit, routes(), keys, true, List.of("*"))) {
      var before = figures(counted);
      assertThat(before)
          .containsEntry("http_requests_total[GET, /api/v1/kv/{key}, 200]", 0.0)
          .containsEntry("http_requests_total[GET, other, 404]", 0.0)
          .containsEntry("http_request_errors_total[GET, other, 404]", 0.0)
          .containsEntry("kvstore_requests_total[GET]", 0.0)
          .containsEntry("kvstore_request_errors_total[stale_fence]", 0.0)
          .containsEntry("leasehold_errors_total[auth_failed]", 0.0)
          .containsEntry("api_key_requests_total[]", 0.0);

      for (int i = 0; i < 50; i++) {
        counted.send("GET", "/made/up/" + i, null);
        counted.send("GET", "/api/v1/kv/key-" + i, null, "X-API-Key", "good");
      }
      counted.send("GET", "/api/v1/kv/k", null, "X-API-Key", "bad");
      counted.send("POST", "/api/v1/kv/k/cas", "", "X-API-Key", "good");
      counted.send("PATCH", "/api/v1/kv/k", "");

      var after = figures(counted);
      assertThat(after)
          .containsEntry("http_requests_total[GET, /api/v1/kv/{key}, 200]", 50.0)
          .containsEntry("kvstore_http_requests_total[GET, /api/v1/kv/{key}, 200]", 50.0)
          .containsEntry("http_requests_total[GET, other, 404]", 50.0)
          .containsEntry("http_request_errors_total[GET, other, 404]", 50.0)
          .containsEntry("http_requests_total[GET, /api/v1/kv/{key}, 401]", 1.0)
          .containsEntry("http_request_errors_total[POST, /api/v1/kv/{key}/{verb}, 403]", 1.0)
          .containsEntry("http_requests_total[PATCH, /api/v1/kv/{key}, 405]", 1.0)
          .containsEntry("http_request_duration_seconds_count[GET, /api/v1/kv/{key}]", 51.0)
          .containsEntry("kvstore_http_request_duration_seconds_count[GET, /api/v1/kv/{key}]", 51.0)
          .containsEntry("kvstore_requests_total[GET]", 51.0)
          .containsEntry("kvstore_request_errors_total[auth_failed]", 1.0)
          .containsEntry("leasehold_errors_total[no_such_route]", 50.0)
          .containsEntry("api_key_requests_total[]", 52.0)
          .containsEntry("api_key_auth_failures_total[]", 1.0);
      var added = new TreeSet<>(after.keySet());
      added.removeAll(before.keySet());
      assertThat(added)
          .allMatch(name -> name.matches(".*(40[135]|PATCH|other).*"))
          .hasSizeLessThan(100);
    }
  }
}
