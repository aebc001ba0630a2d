package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.ServerProcess.get;
import static io.leasehold.app.e2e.ServerProcess.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three servers and a PostgreSQL: one lock service, whatever happens to one of them. The tests
 * share them, and the last does not leave them whole.
 */
@Tag("alone")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {
  private static final int KEYS = 40;

  @TempDir static Path dir;

  private static ClusterProcesses cluster;

  @BeforeAll
  @Timeout(180)
  static void start() throws IOException {
    cluster = ClusterProcesses.start(dir, 3, StoreLimit.SETTING);
  }

  @AfterAll
  static void stop() throws IOException {
    if (cluster != null) {
      cluster.close();
    }
  }

  static String acquire(String key, String owner, String more) {
    return "{\"action\":\"acquire\",\"key\":\""
        + key
        + "\",\"ttl\":600,\"owner\":\""
        + owner
        + "\""
        + more
        + "}";
  }

  private static String verify(String key, long token) {
    return "{\"action\":\"verify\",\"key\":\"" + key + "\",\"token\":" + token + "}";
  }

  /** Asks until the answer is no error; what does no harm twice may be asked again. */
  private static JsonNode untilAnswered(RawClient client, String request) {
    return Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client.json(request), answer -> !answer.has("error"));
  }

  /** Takes all keys at one node; returns the keys by the address of the node that owns them. */
  private static Map<String, List<String>> take(ServerProcess at, Map<String, Long> tokens)
      throws IOException {
    Map<String, List<String>> byOwner = new HashMap<>();
    try (var client = at.client()) {
      for (int i = 0; i < KEYS; i++) {
        String key = "key-" + i;
        JsonNode answer = client.json(acquire(key, "w", ",\"id\":" + i));
        assertThat(answer.path("success").booleanValue()).as(answer.toString()).isTrue();
        tokens.put(key, answer.get("token").longValue());
        String here = "127.0.0.1:" + at.port("lock");
        String owner = answer.path("owner_node").asText(here);
        byOwner.computeIfAbsent(owner, each -> new ArrayList<>()).add(key);
      }
    }
    return byOwner;
  }

  private static Set<String> listed(RawClient client) throws IOException {
    var keys = new HashSet<String>();
    String cursor = "";
    do {
      JsonNode page =
          client.json("{\"action\":\"list\",\"limit\":7,\"cursor\":\"" + cursor + "\"}");
      assertThat(page.path("success").booleanValue()).as(page.toString()).isTrue();
      page.get("locks").forEach(lock -> assertThat(keys.add(lock.get("key").asText())).isTrue());
      cursor = page.path("cursor").asText();
    } while (!cursor.isEmpty());
    return keys;
  }

  private static void everyNodeIsOnTheDashboardOf(ServerProcess node) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              JsonNode snapshot = get(node.port("http"), "/dashboard/api/snapshot");
              assertThat(snapshot.get("nodes_missing")).isEmpty();
              assertThat(snapshot.at("/cluster/members")).hasSize(3);
              assertThat(snapshot.at("/locks/held").intValue()).isEqualTo(KEYS);
              assertThat(snapshot.at("/locks/rows")).hasSize(KEYS);
            });
  }

  @Test
  @Order(Integer.MAX_VALUE)
  @Timeout(300)
  void locksOutliveTheNodeThatOwnsThemAndTheNodeThatTookThem() throws Exception {
    cluster.awaitShares();
    var tokens = new HashMap<String, Long>();
    var byOwner = take(cluster.node(0), tokens);
    assertThat(byOwner.size()).as("nodes with partitions: " + byOwner.keySet()).isGreaterThan(1);
    int victim = 1;
    String address = "127.0.0.1:" + cluster.node(victim).port("lock");
    assertThat(byOwner).containsKey(address);
    String key = byOwner.get(address).get(0);
    everyNodeIsOnTheDashboardOf(cluster.node(2));
    StoreLimit.assertIsOneFor(cluster.node(0), cluster.node(2));
    GatewayCalls.assertRevocationIsSeen(cluster.node(0), cluster.node(2));
    GatewayCalls.assertQuotaIsOneForAll(cluster.node(0), cluster.node(1), cluster.node(2));
    GatewayCalls.assertAnExternalInstanceIsFollowed(cluster.node(0), cluster.node(2), dir);

    try (var survivor = cluster.node(2).client();
        var waiting = cluster.node(2).client()) {
      assertThat(survivor.json(acquire(key, "other", "")).path("reason").asText())
          .isEqualTo("held");
      assertThat(listed(survivor)).isEqualTo(tokens.keySet());
      waiting.send(acquire(key, "next", ",\"wait_ms\":120000,\"id\":\"w\"") + "\n");
      Awaitility.await()
          .until(
              () ->
                  survivor
                          .json("{\"action\":\"inspect\",\"key\":\"" + key + "\"}")
                          .path("waiters_total")
                          .intValue()
                      == 1);

      assertEveryNodeIsShown(survivor, waiting);

      cluster.node(victim).kill();
      assertMissing(cluster.node(0), cluster.node(victim).port("remoting"));

      for (var held : tokens.entrySet()) {
        JsonNode verified = untilAnswered(survivor, verify(held.getKey(), held.getValue()));
        assertThat(verified.path("success").booleanValue())
            .as(held.getKey() + ": " + verified)
            .isTrue();
      }
      assertThat(listed(survivor)).isEqualTo(tokens.keySet());
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(
              () ->
                  untilAnswered(survivor, "{\"action\":\"inspect\",\"key\":\"" + key + "\"}")
                          .path("waiters_total")
                          .intValue()
                      == 1);
      assertThat(
              survivor
                  .json(
                      "{\"action\":\"release\",\"key\":\""
                          + key
                          + "\",\"token\":"
                          + tokens.get(key)
                          + "}")
                  .path("success")
                  .booleanValue())
          .isTrue();
      JsonNode granted = waiting.nextJson();
      assertThat(granted.path("token").longValue()).isGreaterThan(tokens.get(key));
      assertThat(granted.path("id").asText()).isEqualTo("w");

      int management = cluster.node(0).port("management");
      assertThat(get(management, "/cluster/members").get("members")).hasSize(2);
      cluster.startAgain(victim);
      assertThat(get(management, "/cluster/members").get("members")).hasSize(3);
      assertThat(status(cluster.node(victim).port("management"), "/ready")).isEqualTo(200);
      assertThat(status(cluster.node(victim).port("management"), "/alive")).isEqualTo(200);
      assertThat(status(cluster.node(victim).port("management"), "/startup")).isEqualTo(200);
      assertThat(status(management, "/cluster/shards/lock")).isEqualTo(200);

      assertThat(cluster.node(0).terminate()).as(cluster.node(0).output()).isZero();
      assertThat(untilAnswered(survivor, acquire("after", "w", "")).has("token")).isTrue();
      assertThat(get(cluster.node(2).port("management"), "/cluster/members").get("members"))
          .hasSize(2);
    }
  }

  /** Asked at one node, of all. */
  private static void assertEveryNodeIsShown(RawClient... clients) throws Exception {
    int debug = cluster.node(0).port("debug");
    String owner = "127.0.0.1:" + cluster.node(2).port("remoting");
    JsonNode shown = get(debug, "/debug/clients?scope=cluster");
    assertThat(shown.path("nodes_missing")).isEmpty();
    var remotes = new HashMap<String, String>();
    shown
        .path("clients")
        .forEach(row -> remotes.put(row.path("remote").asText(), row.path("node").asText()));
    for (RawClient client : clients) {
      assertThat(remotes).containsEntry("127.0.0.1:" + client.socket.getLocalPort(), owner);
    }
    JsonNode here = get(debug, "/debug/clients");
    assertThat(here.path("count").intValue()).isLessThan(shown.path("count").intValue());

    JsonNode pools = get(debug, "/debug/pool?scope=cluster").path("nodes");
    assertThat(pools).hasSize(3);
    int journals = 0;
    for (JsonNode pool : pools) {
      journals += pool.path("journal").size();
    }
    assertThat(journals).as("4 partitions and 64 shards").isEqualTo(4 + 64);

    long counted = 0;
    for (JsonNode row : get(debug, "/debug/topkeys?scope=cluster&limit=1000").path("keys")) {
      counted += row.path("key").asText().startsWith("key-") ? row.path("count").longValue() : 0;
    }
    assertThat(counted).as("each was taken once, and asked for").isGreaterThanOrEqualTo(KEYS);

    JsonNode sum = get(cluster.node(0).port("monitor"), "/stats?scope=cluster");
    assertThat(sum.path("nodes").intValue()).isEqualTo(3);
    assertThat(sum.path("active_locks").intValue()).isEqualTo(KEYS);
    assertThat(sum.path("waiters").intValue()).isEqualTo(1);
    JsonNode ofOne = get(cluster.node(0).port("monitor"), "/stats");
    assertThat(ofOne.path("active_locks").intValue()).isBetween(1, KEYS - 1);
    assertThat(ofOne.has("nodes")).isFalse();
  }

  /** A member that does not answer is named, until it is none any more some seconds later. */
  private static void assertMissing(ServerProcess asked, int remoting) throws Exception {
    JsonNode sum = get(asked.port("monitor"), "/stats?scope=cluster");
    assertThat(sum.path("nodes").intValue()).isEqualTo(2);
    assertThat(sum.path("nodes_missing").toString()).isEqualTo("[\"127.0.0.1:" + remoting + "\"]");
  }

  /**
   * Takes and gives back locks of its own until it is over; returns the first error it was told.
   */
  /**
   * Each time as another owner: what one of them has not given back stands in the way of the next.
   */
  private static String load(ServerProcess at, int client, AtomicBoolean over, AtomicLong count) {
    try (var connection = at.client()) {
      for (int i = 0; !over.get(); i++) {
        String key = "load-" + client + "-" + i % 16;
        String owner = "c" + client + "-" + i;
        JsonNode taken = connection.json(acquire(key, owner, ""));
        JsonNode given =
            connection.json(
                "{\"action\":\"release\",\"key\":\"" + key + "\",\"owner\":\"" + owner + "\"}");
        if (!taken.path("success").booleanValue() || !given.path("success").booleanValue()) {
          return taken + " then " + given;
        }
        count.incrementAndGet();
      }
      return "";
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  @Timeout(300)
  void nobodyIsToldOfAnErrorWhileANodeLeavesAndComesBack() throws Exception {
    var over = new AtomicBoolean();
    var count = new AtomicLong();
    var clients = Executors.newFixedThreadPool(6);
    var results = new ArrayList<Future<String>>();
    for (int i = 0; i < 6; i++) {
      int number = i;
      var at = cluster.node(i % 2);
      results.add(clients.submit(() -> load(at, number, over, count)));
    }
    awaitMore(count, 500);
    assertThat(cluster.node(2).terminate()).as(cluster.node(2).output()).isZero();
    awaitMore(count, 500);
    cluster.startAgain(2);
    awaitMore(count, 500);
    over.set(true);
    clients.shutdown();
    for (var result : results) {
      assertThat(result.get(30, TimeUnit.SECONDS)).isEmpty();
    }
    for (int i = 0; i < 3; i++) { // all of it was given back, whoever is asked
      try (var client = cluster.node(i).client()) {
        Awaitility.await()
            .untilAsserted(
                () ->
                    assertThat(client.json("{\"action\":\"list\",\"limit\":10}").get("locks"))
                        .isEmpty());
      }
      int port = cluster.node(i).port("http");
      Awaitility.await()
          .untilAsserted(
              () -> {
                JsonNode locks = get(port, "/dashboard/api/snapshot").get("locks");
                assertThat(locks.get("held").intValue()).as(locks.toString()).isZero();
              });
    }
  }

  private static void awaitMore(AtomicLong count, long more) {
    long before = count.get();
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> count.get() - before > more);
  }
}
