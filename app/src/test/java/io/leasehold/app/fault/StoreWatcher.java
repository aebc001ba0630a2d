package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Watches all keys of a run over any node, and takes up where it was whenever a connection ends: by
 * the faults, or by itself every few seconds. Its own thread; what it was told may be read from
 * any.
 */
final class StoreWatcher {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, WatchEvent.Kind> KINDS =
      Map.of(
          "put", WatchEvent.Kind.PUT,
          "delete", WatchEvent.Kind.DELETE,
          "expire", WatchEvent.Kind.EXPIRE,
          "gap", WatchEvent.Kind.GAP);

  private final StoreWorkload workload;
  private final HttpClient http;
  private final String prefix;
  private final Random random;
  private final List<WatchEvent> events = new ArrayList<>();
  private volatile boolean isReady;
  private volatile int connections;
  private volatile InputStream open;
  private final CountDownLatch closed = new CountDownLatch(1);
  private String position = "";

  StoreWatcher(StoreWorkload workload, StoreLoad load, HttpClient http) {
    this.workload = workload;
    this.http = http;
    prefix = load.prefix();
    random = new Random(load.seed());
  }

  /** It is told everything from now on. */
  boolean isReady() {
    return isReady;
  }

  int connections() {
    return connections;
  }

  List<WatchEvent> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  /** The last revision it was told of a key, or of a gap in its shard. */
  boolean hasHeard(String key, int shard, long revision) {
    synchronized (events) {
      return events.stream()
          .anyMatch(
              each ->
                  each.kind() == WatchEvent.Kind.GAP
                      ? each.shard() == shard && each.revision() >= revision
                      : each.key().equals(key) && each.revision() >= revision);
    }
  }

  void close() {
    closed.countDown();
    InputStream stream = open;
    if (stream != null) {
      try {
        stream.close();
      } catch (IOException e) {
        // it is of no use any more either way
      }
    }
  }

  void run() {
    try {
      while (!isClosed()) {
        List<InetSocketAddress> addresses = workload.addresses();
        if (!addresses.isEmpty()) {
          watchUnlessBroken(addresses.get(random.nextInt(addresses.size())));
        }
        pause();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the run is over
    }
  }

  private void watchUnlessBroken(InetSocketAddress address) throws InterruptedException {
    try {
      watch(address);
    } catch (IOException e) {
      // once more, from where it was
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void pause() throws InterruptedException {
    closed.await(20 + random.nextInt(200), TimeUnit.MILLISECONDS);
  }

  private void watch(InetSocketAddress address) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://"
                        + address.getHostString()
                        + ":"
                        + address.getPort()
                        + "/api/v1/watch?include_values=true&prefix="
                        + StoreCalls.encoded(prefix)))
            .timeout(Duration.ofSeconds(5));
    if (!position.isEmpty()) {
      request.header("Last-Event-ID", position);
    }
    HttpResponse<InputStream> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    if (response.statusCode() != 200) {
      if (response.statusCode() != 503) {
        workload.note("watch: " + response.statusCode() + " at position " + position);
      }
      response.body().close();
      return;
    }
    connections++;
    open = response.body();
    long until = System.nanoTime() + (1_000 + random.nextInt(4_000)) * History.MILLI;
    try (var lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      boolean ends = false;
      while (!ends && !isClosed() && System.nanoTime() - until < 0) {
        ends = !event(lines);
      }
    }
  }

  /** Takes one event with all its lines; false at the end. */
  private boolean event(BufferedReader lines) throws IOException {
    String kind = "";
    String id = "";
    String data = "";
    String line = lines.readLine();
    for (; line != null && !line.isEmpty(); line = lines.readLine()) {
      if (line.startsWith("event:")) {
        kind = line.substring(6).strip();
      } else if (line.startsWith("id:")) {
        id = line.substring(3).strip();
      } else if (line.startsWith("data:")) {
        data = line.substring(5).strip();
      }
    }
    if (line == null) {
      return false; // what did not come whole did not come
    }
    Optional<WatchEvent.Kind> known = Optional.ofNullable(KINDS.get(kind));
    if (known.isPresent()) {
      WatchEvent event = event(known.get(), JSON.readTree(data));
      synchronized (events) {
        events.add(event);
      }
    }
    if (!id.isEmpty()) {
      position = id;
    }
    isReady = isReady || kind.equals("ready");
    return !kind.equals("bye");
  }

  private static WatchEvent event(WatchEvent.Kind kind, JsonNode data) {
    boolean gap = kind == WatchEvent.Kind.GAP;
    return new WatchEvent(
        kind,
        data.path("key").asText(),
        data.path("shard").intValue(),
        data.path(gap ? "to" : "revision").longValue(),
        data.path("from").longValue(),
        data.path("value").asText());
  }
}
