package io.leasehold.http.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.time.Clock;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.stream.Materializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the door of a port for monitoring lets in at once. */
class DoorTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private final LinkedBlockingQueue<CompletableFuture<Answer>> asked = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<CompletableFuture<?>> told = new LinkedBlockingQueue<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private Door door;
  private ServerBinding binding;

  @AfterAll
  static void stopActors() {
    KIT.shutdownTestKit();
  }

  @BeforeEach
  void open() throws Exception {
    var routes =
        List.of(
            new Door.Route("/wait", null, true, call -> pending()),
            new Door.Route("/watch", null, true, this::watching),
            new Door.Route("/slow", null, false, call -> pending()),
            new Door.Route(
                "/live", null, false, call -> CompletableFuture.completedFuture(text())));
    door = new Door("monitor", routes, ApiKeys.NONE, Set.of(), Clock.system());
    binding =
        door.bind(KIT.system(), "127.0.0.1", 0).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    asked.forEach(each -> each.complete(text()));
    binding.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private CompletionStage<Answer> pending() {
    var answer = new CompletableFuture<Answer>();
    asked.add(answer);
    return answer;
  }

  private CompletionStage<Answer> watching(Call call) {
    var unused = call.ended().thenRun(() -> {});
    told.add(call.ended().toCompletableFuture());
    return pending();
  }

  private static Answer text() {
    return Answer.text(200, "text/plain", "ok");
  }

  private HttpRequest request(String method, String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + binding.localAddress().getPort() + path))
        .method(
            method, method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("x"))
        .timeout(Duration.ofSeconds(20))
        .build();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request("GET", path), BodyHandlers.ofString());
  }

  /** Sends so many and has them all at their route. */
  private List<CompletableFuture<Answer>> atWork(String method, String path, int count)
      throws Exception {
    var all = new ArrayList<CompletableFuture<Answer>>();
    for (int i = 0; i < count; i++) {
      var unused = client.sendAsync(request(method, path), BodyHandlers.ofString());
      var answer = asked.poll(10, TimeUnit.SECONDS);
      assertThat(answer).as("request %d", i).isNotNull();
      all.add(answer);
    }
    return all;
  }

  @Test
  void whatWaitsToWriteTakesNoPlaceOfWhatIsRead() throws Exception {
    var waiting = atWork("POST", "/wait", Door.MAX_RUNNING);

    assertThat(get("/live").statusCode()).isEqualTo(200);

    var reading = atWork("GET", "/slow", Door.MAX_RUNNING); // all the places, still
    HttpResponse<String> full = get("/live");
    assertThat(full.statusCode()).isEqualTo(503);
    assertThat(full.headers().firstValue("Retry-After")).contains("1");
    assertThat(full.body()).contains("\"overloaded\"");
    waiting.forEach(each -> each.complete(text())); // frees no place of those
    assertThat(get("/live").statusCode()).isEqualTo(503);
    reading.forEach(each -> each.complete(text()));
  }

  @Test
  void whatWaitsToWriteHasABoundOfItsOwn() throws Exception {
    Materializer materializer = Materializer.createMaterializer(KIT.system());
    var write = org.apache.pekko.http.javadsl.model.HttpRequest.POST("/wait").withEntity("x");
    var never = new CompletableFuture<Done>();
    for (int i = 0; i < Door.MAX_WRITING; i++) {
      var unused = door.receive(materializer, write, never);
    }
    Awaitility.await().until(() -> asked.size() == Door.MAX_WRITING);

    HttpResponse<String> full = client.send(request("POST", "/wait"), BodyHandlers.ofString());
    assertThat(full.statusCode()).isEqualTo(503);
    assertThat(full.headers().firstValue("Retry-After")).contains("1");
    assertThat(full.body()).contains("\"overloaded\"");
    assertThat(get("/live").statusCode()).isEqualTo(200);

    asked.remove().complete(text());
    asked.clear();
    assertThat(atWork("POST", "/wait", 1)).hasSize(1); // the place that is free again
  }

  @Test
  void aConnectionKeepsNothingOfTheWaitsThatItAnswered() throws Exception {
    try (var socket = new Socket("127.0.0.1", binding.localAddress().getPort())) {
      socket.setSoTimeout(10_000);
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      String wait = "POST /watch HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\nx";
      for (int i = 1; i <= 50; i++) {
        socket.getOutputStream().write(wait.getBytes(ISO_8859_1));
        asked.take().complete(Answer.text(200, "text/plain", "ok\n"));
        String line = in.readLine();
        while (!"ok".equals(line)) {
          assertThat(line).as("head of the answer").isNotNull();
          line = in.readLine();
        }
        CompletableFuture<?> ended = told.take();
        assertThat(ended.getNumberOfDependents()).as("hung on, request %d", i).isEqualTo(1);
        assertThat(ended).isNotDone();
      }
      socket.getOutputStream().write(wait.getBytes(ISO_8859_1));
      asked.take();
    }
    told.take().get(10, TimeUnit.SECONDS); // the one that still waits is told of the end
  }
}
