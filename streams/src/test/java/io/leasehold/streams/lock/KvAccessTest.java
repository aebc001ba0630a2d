package io.leasehold.streams.lock;

import static io.leasehold.streams.lock.ConnectionBench.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.ApiKeys.Right;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.kv.OneShardStore;
import io.leasehold.streams.lock.ConnectionBench.Peer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what with the store over the lock port, and how often. */
class KvAccessTest {
  private static final String AUTH_FAILED =
      "{'success':false,'error':'auth_failed: authentication failed','code':'auth_failed'}";

  @TempDir static Path dir;
  private static ConnectionBench bench;
  private final OneShardStore store = new OneShardStore();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private static final RatePolicy POLICY = new RatePolicy(1, 1);
  private volatile CompletableFuture<RateDecision> decision =
      CompletableFuture.completedFuture(RateDecision.admitted(POLICY, 1));
  private Peer peer;

  @BeforeAll
  static void start() throws Exception {
    bench = new ConnectionBench(dir);
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  private static ApiKeys keys() throws Exception {
    return new ApiKeys.Builder()
        .add("locks", EnumSet.of(Right.USE_LOCKS))
        .add("reader", EnumSet.of(Right.KV_READ))
        .add("monitor", EnumSet.of(Right.READ_MONITORING))
        .addHash(
            hash("orders"), "orders-key", Set.of(Right.KV_READ, Right.KV_WRITE), List.of("orders/"))
        .build();
  }

  private static String hash(String key) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes("UTF-8")));
  }

  private void connect(boolean locksNeedKeys, boolean storeNeedsKeys) throws Exception {
    KvDoor.Limit limit =
        (caller, address) -> {
          asked.add(caller == null ? address : caller.id());
          return decision;
        };
    var rules = new LockDoor.Rules(locksNeedKeys, LONG, Duration.ZERO, false, LONG, LONG);
    peer = bench.connect(rules, keys(), new KvDoor(store, storeNeedsKeys, limit));
  }

  private String ask(String request) {
    peer.send(request.replace('\'', '"') + "\n");
    return peer.line().replace('"', '\'');
  }

  private static String forbidden(String what) {
    return "{'success':false,'error':'forbidden: " + what + "','code':'forbidden'}";
  }

  @Test
  void aKeyOpensWhatItsScopesSay() throws Exception {
    connect(true, true);

    assertThat(ask("{'action':'kv_get','key':'k'}")).isEqualTo(AUTH_FAILED);
    assertThat(ask("{'action':'kv_get','key':'k','api_key':'wrong'}")).isEqualTo(AUTH_FAILED);
    assertThat(ask("{'action':'kv_get','key':'k','api_key':'monitor'}")).isEqualTo(AUTH_FAILED);
    assertThat(ask("{'action':'kv_get','key':'k','api_key':'reader'}")).contains("not_found");
    assertThat(ask("{'action':'kv_list','api_key':'reader'}")).contains("'items':[]");
    assertThat(ask("{'action':'kv_put','key':'k','value':'v','api_key':'reader'}"))
        .isEqualTo(forbidden("kv_put needs a key with kv:write"));
    assertThat(ask("{'action':'kv_delete','key':'k','api_key':'reader'}"))
        .isEqualTo(forbidden("kv_delete needs a key with kv:write"));
    assertThat(ask("{'action':'kv_get','key':'k','api_key':'locks'}"))
        .isEqualTo(forbidden("kv_get needs a key with kv:read"));
    assertThat(ask("{'action':'exists','key':'k','api_key':'locks'}")).contains("not_held");
    assertThat(ask("{'action':'exists','key':'k','api_key':'reader'}"))
        .isEqualTo(forbidden("exists needs a key with lock:use"));
    assertThat(ask("{'action':'ping','api_key':'reader'}")).contains("'success':true");
  }

  @Test
  void authCountsForTheConnectionAndAKeyInTheRequestGoesBeforeIt() throws Exception {
    connect(true, true);

    assertThat(ask("{'action':'auth','api_key':'reader'}"))
        .isEqualTo("{'success':true,'admin':false}");
    assertThat(ask("{'action':'kv_get','key':'k'}")).contains("not_found");
    assertThat(ask("{'action':'kv_put','key':'k','value':'v'}")).contains("kv:write");
    assertThat(ask("{'action':'kv_put','key':'orders/1','value':'v','api_key':'orders'}"))
        .contains("'created':true");
    assertThat(asked).hasSize(2).contains("orders-key");
  }

  @Test
  void prefixesAreKeptAndNoAnswerIsNarrowedInSilence() throws Exception {
    connect(false, true);
    ask("{'action':'auth','api_key':'orders'}");

    assertThat(ask("{'action':'kv_put','key':'orders/1','value':'v'}")).contains("'created':true");
    assertThat(ask("{'action':'kv_get','key':'order'}"))
        .isEqualTo(forbidden("this API key does not open order"));
    assertThat(ask("{'action':'kv_list'}")).isEqualTo(forbidden("this API key does not open "));
    assertThat(ask("{'action':'kv_list','prefix':'orders/','keys_only':true}"))
        .contains("'keys':['orders/1']");
    // locks need no key here, the store does
    assertThat(ask("{'action':'exists','key':'k'}")).contains("not_held");
    connect(false, true);
    assertThat(ask("{'action':'exists','key':'k'}")).contains("not_held");
    assertThat(ask("{'action':'kv_get','key':'orders/1'}")).isEqualTo(AUTH_FAILED);
  }

  @Test
  void whereNoKeyIsNeededEveryCallerMayDoEverything() throws Exception {
    connect(false, false);

    assertThat(ask("{'action':'kv_put','key':'k','value':'v','api_key':'orders'}"))
        .contains("'created':true");
    assertThat(ask("{'action':'kv_get','key':'k','api_key':'wrong'}")).contains("'found':true");
    assertThat(asked).containsExactly("orders-key", "127.0.0.1");
  }

  @Test
  void whoAsksTooOftenIsToldWhenToComeBack() throws Exception {
    connect(false, false);
    decision = CompletableFuture.completedFuture(RateDecision.refused(POLICY, 0, 119_000_001));

    assertThat(ask("{'action':'kv_put','key':'k','value':'v','id':1}"))
        .isEqualTo(
            "{'success':false,'error':'rate_limited: rate limit exceeded, retry in 120 ms',"
                + "'code':'rate_limited','retry_after_ms':120,'id':1}");
    assertThat(store.callers()).isEmpty();
    // syntax is looked at later
    assertThat(ask("{'action':'kv_put','key':''}")).contains("rate_limited");
  }

  @Test
  void aLimitThatHasToBeAskedForChangesNothingInTheOrder() throws Exception {
    connect(false, false);
    var admitted = decision;
    var first = new CompletableFuture<RateDecision>();
    decision = first;
    peer.send("{\"action\":\"kv_put\",\"key\":\"k\",\"value\":\"1\",\"id\":1}\n");
    await(1);
    var second = new CompletableFuture<RateDecision>();
    decision = second;
    peer.send("{\"action\":\"kv_put\",\"key\":\"k\",\"value\":\"2\",\"id\":2}\n");
    await(2);
    decision = admitted;
    peer.send("{\"action\":\"kv_get\",\"key\":\"k\",\"id\":3}\n");
    await(3);

    second.complete(RateDecision.refused(POLICY, 0, 5_000_000));
    assertThat(ask("{'action':'kv_list','id':4}")).contains("'items':[]");
    first.complete(RateDecision.admitted(POLICY, 0));

    assertThat(peer.line()).isEqualTo("{\"success\":true,\"created\":true,\"version\":1,\"id\":1}");
    assertThat(peer.line()).contains("\"retry_after_ms\":5,\"id\":2}");
    assertThat(peer.line()).contains("\"value\":\"1\"").endsWith("\"id\":3}");
  }

  private void await(int requests) {
    Awaitility.await().until(() -> asked.size() == requests);
  }
}
