package io.leasehold.streams.lock;

import static io.leasehold.streams.lock.ConnectionBench.LONG;
import static io.leasehold.streams.lock.ConnectionBench.rules;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.kv.OneShardStore;
import io.leasehold.streams.lock.ConnectionBench.Peer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The store over the lock port, as section 13 of its specification has it. */
class KvActionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final KvStore.Caller TEST =
      new KvStore.Caller("test", KvStore.Consistency.CONSISTENT, false);
  private static final String TIMES = "\"created_at\":1768469400,\"updated_at\":1768469400";

  @TempDir static Path dir;
  private static ConnectionBench bench;
  private final OneShardStore store = new OneShardStore();
  private Peer peer;

  @BeforeAll
  static void start() throws Exception {
    bench = new ConnectionBench(dir);
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @BeforeEach
  void connect() {
    peer = bench.connect(rules(LONG, LONG, LONG), door());
  }

  private KvDoor door() {
    return new KvDoor(store, false, KvDoor.Limit.NONE);
  }

  private String ask(String request) {
    peer.send(request.replace('\'', '"') + "\n");
    return peer.line().replace('"', '\'');
  }

  private static String json(String text) {
    return text.replace('"', '\'');
  }

  private void fill(String key, byte[] value) {
    store.run(
        new KvOperation.Put(
            Bytes.utf8(key), Bytes.of(value), Map.of(), Ttl.NONE, Precondition.NONE, null),
        TEST);
  }

  @Test
  void putGetDelete() {
    assertThat(ask("{'action':'kv_put','key':'k','value':'v','id':'1'}"))
        .isEqualTo("{'success':true,'created':true,'version':1,'id':'1'}");
    assertThat(
            ask(
                "{'action':'kv_put','key':'k','value':'w','ttl_ms':5000,'metadata':"
                    + "{'owner':'ops','a\\u0062':'\\n'},'if_match':1,'id':2}"))
        .isEqualTo("{'success':true,'created':false,'version':2,'expires_at':1768469406,'id':2}");
    assertThat(ask("{'action':'kv_get','key':'k','consistency':'stale'}"))
        .isEqualTo(
            "{'success':true,'found':true,'key':'k','value':'w','version':2,"
                + json(TIMES)
                + ",'expires_at':1768469406,'ttl_ms':5000,'metadata':{'ab':'\\n','owner':'ops'}}");
    assertThat(ask("{'action':'kv_delete','key':'k','if_match':2}"))
        .isEqualTo("{'success':true,'existed':true,'version':3}");
    assertThat(ask("{'action':'kv_delete','key':'k'}"))
        .isEqualTo("{'success':true,'existed':false}");
    assertThat(ask("{'action':'kv_get','key':'k','id':3}"))
        .isEqualTo("{'success':false,'reason':'not_found','found':false,'id':3}");
    assertThat(store.callers().get(2).consistency()).isEqualTo(KvStore.Consistency.STALE);
    assertThat(store.callers().get(3).consistency()).isEqualTo(KvStore.Consistency.CONSISTENT);
    // lines that were sent without waiting keep their order
    assertThat(store.callers()).noneMatch(KvStore.Caller::standsAlone);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'ttl':60|1768469461",
        "'ttl_seconds':60|1768469461",
        "'ttl_ms':60000|1768469461",
        "'ttl_ms':1|1768469401",
        "'ttl':315360000|2083829401",
        "'keep_ttl':true|1768469410",
        "'keep_ttl':false|",
        "'ttl':0|",
        "'ttl':null|",
        "|",
      })
  void everyFormOfATtl(String members, String expiresAt) {
    ask("{'action':'kv_put','key':'k','value':'v','ttl_ms':9000}");

    String answer =
        ask(
            "{'action':'kv_put','key':'k','value':'v'"
                + (members == null ? "" : "," + members)
                + "}");

    assertThat(answer)
        .isEqualTo(
            "{'success':true,'created':false,'version':2"
                + (expiresAt == null ? "" : ",'expires_at':" + expiresAt)
                + "}");
  }

  @Test
  void refusalsCarryAReasonAndNoError() {
    ask("{'action':'kv_put','key':'k','value':'v','fence':{'lock':'user-123','token':42}}");

    assertThat(
            ask(
                "{'action':'kv_put','key':'k','value':'w',"
                    + "'fence':{'lock':'user-123','token':41},'id':'1'}"))
        .isEqualTo("{'success':false,'reason':'stale_fence','newest_token':42,'id':'1'}");
    assertThat(ask("{'action':'kv_get','key':'k','fence':{'token':41,'lock':'user\\u002d123'}}"))
        .isEqualTo("{'success':false,'reason':'stale_fence','newest_token':42}");
    assertThat(ask("{'action':'kv_put','key':'k','value':'w','if_match':8}"))
        .isEqualTo("{'success':false,'reason':'precondition_failed','current_version':1}");
    assertThat(ask("{'action':'kv_put','key':'k','value':'w','if_none_match':true}"))
        .isEqualTo("{'success':false,'reason':'precondition_failed','current_version':1}");
    assertThat(ask("{'action':'kv_get','key':'k','if_match':2}"))
        .isEqualTo("{'success':false,'reason':'precondition_failed','current_version':1}");
    assertThat(ask("{'action':'kv_delete','key':'other','if_match':'*'}"))
        .isEqualTo("{'success':false,'reason':'precondition_failed','current_version':0}");
    store.failWith(new KvResult.UnknownFence());
    assertThat(ask("{'action':'kv_delete','key':'k','fence':{'lock':'l','token':1}}"))
        .isEqualTo("{'success':false,'reason':'unknown_fence'}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'kv_get'|missing_key: key is required",
        "'kv_get','key':''|missing_key: key is required",
        "'kv_get','key':7|invalid_key: key must be a string, got 7",
        "'kv_get','key':'..'|invalid_key: key must have no control characters and not be . or"
            + " .., got \\'..\\'",
        "'kv_get','key':'a\\u0007'|invalid_key: key must have no control characters and not be ."
            + " or .., got \\'a\\\\u0007\\'",
        "'kv_put','key':'k'|missing_value: value is required",
        "'kv_put','key':'k','value':null|missing_value: value is required",
        "'kv_put','key':'k','value':7|invalid_value: value must be a string, got 7",
        "'kv_put','key':'k','value':'%','encoding':'base64'|invalid_value: value must be base64"
            + " (RFC 4648, section 4), got \\'%\\'",
        "'kv_put','key':'k','value':'v','encoding':'hex'|invalid_value: encoding must be"
            + " \\'base64\\' or absent, got \\'hex\\'",
        "'kv_put','key':'k','value':'v','ttl':-1|invalid_ttl: ttl must be an integer from 0 to"
            + " 315360000, got -1",
        "'kv_put','key':'k','value':'v','ttl_ms':1.5|invalid_ttl: ttl_ms must be an integer from"
            + " 0 to 315360000000, got 1.5",
        "'kv_put','key':'k','value':'v','ttl_seconds':'9'|invalid_ttl: ttl_seconds must be an"
            + " integer from 0 to 315360000, got \\'9\\'",
        "'kv_put','key':'k','value':'v','ttl':1,'ttl_ms':1|invalid_ttl: ttl and ttl_ms exclude"
            + " each other",
        "'kv_put','key':'k','value':'v','ttl':1,'keep_ttl':true|invalid_ttl: ttl and keep_ttl"
            + " exclude each other",
        "'kv_put','key':'k','value':'v','keep_ttl':1|invalid_ttl: keep_ttl must be true or false,"
            + " got 1",
        "'kv_put','key':'k','value':'v','metadata':[]|invalid_metadata: metadata must be an object"
            + " of strings, got []",
        "'kv_put','key':'k','value':'v','metadata':{'a':1}|invalid_metadata: metadata must be an"
            + " object of strings, got {\\'a\\':1}",
        "'kv_put','key':'k','value':'v','if_match':0|invalid_precondition: if_match must be a"
            + " version, an integer from 1 to 9007199254740991, or \\'*\\', got 0",
        "'kv_put','key':'k','value':'v','if_none_match':1|invalid_precondition: if_none_match"
            + " must be true or false, got 1",
        "'kv_put','key':'k','value':'v','fence':{'lock':'a'}|invalid_fence: fence must have lock,"
            + " a string that is not empty, and token, an integer from 1 to 9007199254740991, got"
            + " {\\'lock\\':\\'a\\'}",
        "'kv_get','key':'k','consistency':'any'|invalid_request: consistency must be"
            + " \\'consistent\\' or \\'stale\\', got \\'any\\'",
        "'kv_get','key':'k','consistency':'stale','fence':{'lock':'a','token':1}|invalid_request:"
            + " fence and consistency stale exclude each other",
        "'kv_list','prefix':7|invalid_request: prefix must be a string, got 7",
        "'kv_list','keys_only':7|invalid_request: keys_only must be true or false, got 7",
        "'kv_list','cursor':'AWEvMQ'|invalid_cursor: cursor must be one that a list of this prefix"
            + " gave, got \\'AWEvMQ\\'",
      })
  void everyErrorSaysWhatWasWrong(String members, String error) {
    String code = error.substring(0, error.indexOf(':'));

    assertThat(ask("{'action':" + members + ",'id':1}"))
        .isEqualTo("{'success':false,'error':'" + error + "','code':'" + code + "','id':1}");
  }

  @Test
  void longKeysAndLargeMetadataAreRefusedWithTheirSizes() {
    assertThat(ask("{'action':'kv_get','key':'" + "k".repeat(1_025) + "'}"))
        .contains("'key_too_long: key has 1025 bytes, must have at most 1024'");
    assertThat(
            ask(
                "{'action':'kv_put','key':'k','value':'v','metadata':{'a':'"
                    + "x".repeat(4_096)
                    + "'}}"))
        .contains(
            "'metadata_too_large: metadata has 1 entries of 4097 bytes, must have at most 64 of"
                + " 4096'");
    assertThat(ask("{'action':'kv_get','key':'" + "k".repeat(1_024) + "'}")).contains("not_found");
  }

  @Test
  void aFenceNamesALockThatThereCanBe() {
    String put = "{'action':'kv_put','key':'k','value':'v','fence':{'lock':'%s','token':1}}";
    String rule = "'error':'invalid_fence: fence must have a lock of at most 2048 bytes without";

    assertThat(ask(String.format(put, "l".repeat(2_049)))).contains(rule);
    assertThat(ask(String.format(put, "é".repeat(1_024) + "l"))).contains(rule);
    assertThat(ask(String.format(put, "a\\u0000b"))).contains(rule);
    assertThat(ask("{'action':'kv_get','key':'k'}")).contains("not_found");
    assertThat(ask(String.format(put, "é".repeat(1_024)))).contains("'created':true");
  }

  @Test
  void failuresOfTheStoreAreErrorsWithTheirOutcome() {
    store.failWith(new KvResult.Unavailable("shard 7 did not answer within 5000 ms", true));
    assertThat(ask("{'action':'kv_put','key':'k','value':'v','id':1}"))
        .isEqualTo(
            "{'success':false,'error':'unavailable: shard 7 did not answer within 5000 ms',"
                + "'code':'unavailable','outcome':'unknown','id':1}");
    assertThat(ask("{'action':'kv_list'}")).contains("'code':'unavailable','outcome':'unknown'");
    store.failWith(new KvResult.Overloaded("10000 operations wait in shard 7"));
    assertThat(ask("{'action':'kv_put','key':'k','value':'v'}"))
        .isEqualTo(
            "{'success':false,'error':'overloaded: 10000 operations wait in shard 7',"
                + "'code':'overloaded','outcome':'not_applied'}");
    store.failWith(new KvResult.StorageFull("shard", 100, 128));
    assertThat(ask("{'action':'kv_put','key':'k','value':'v'}"))
        .isEqualTo(
            "{'success':false,'error':'storage_full: shard holds 100 bytes, the value does not"
                + " fit into 128','code':'storage_full'}");
  }

  @Test
  void aPortWithoutAStoreSaysSo() {
    peer = bench.connect(rules(LONG, LONG, LONG));

    assertThat(ask("{'action':'kv_get','key':'k'}"))
        .isEqualTo(
            "{'success':false,'error':'unavailable: this port has no store','code':'unavailable',"
                + "'outcome':'not_applied'}");
  }

  @Test
  void anyBytesGoThroughAndComeBackAsTheyWere() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    String base64 = Base64.getEncoder().encodeToString(all);
    ask("{'action':'kv_put','key':'b','value':'" + base64 + "','encoding':'base64'}");

    JsonNode answer = JSON.readTree(ask("{'action':'kv_get','key':'b'}").replace('\'', '"'));

    assertThat(answer.get("encoding").asText()).isEqualTo("base64");
    assertThat(answer.get("value").binaryValue()).isEqualTo(all);
    ask("{'action':'kv_put','key':'t','value':'" + "w6TigqzwnZSe" + "','encoding':'base64'}");
    assertThat(ask("{'action':'kv_get','key':'t'}")).contains("'value':'ä€𝔞','version'");
    ask("{'action':'kv_put','key':'e','value':''}");
    assertThat(ask("{'action':'kv_get','key':'e'}")).contains("'value':'','version'");
  }

  @Test
  void aValueMayFillItsLineWhateverItIsWrittenAs() throws Exception {
    String head = "{\"action\":\"kv_put\",\"key\":\"k\",\"value\":\"";
    for (String unit : List.of("x", "ä", "\\n", "\\u0001", "\\ud83d\\ude00")) {
      String value = unit.repeat((65_536 - head.length() - 2) / unit.getBytes("UTF-8").length);
      peer.send(head + value + "\"}\n");
      assertThat(peer.line()).contains("\"success\":true");
    }
  }

  @Test
  void aValueThatDoesNotFitIntoALineIsAnError() {
    fill("large", "x".repeat(65_000).getBytes(StandardCharsets.UTF_8));
    fill("larger", new byte[1 << 20]);
    fill("escaped", "\u0001".repeat(20_000).getBytes(StandardCharsets.UTF_8));

    assertThat(ask("{'action':'kv_get','key':'large'}")).hasSizeGreaterThan(65_000);
    for (String key : List.of("larger", "escaped")) {
      assertThat(ask("{'action':'kv_get','key':'" + key + "','id':1}"))
          .contains("'error':'value_too_large: value of ")
          .endsWith("read it over HTTP: key " + key + "','code':'value_too_large','id':1}");
    }
    assertThat(ask("{'action':'kv_list','prefix':'larger'}")).contains("'code':'value_too_large'");
    assertThat(ask("{'action':'kv_list','keys_only':true}"))
        .isEqualTo(
            "{'success':true,'keys':['escaped','large','larger'],'count':3,'has_more':false,"
                + "'watch_position':'3f2a.AAE'}");
  }

  @Test
  void aListReadsAsTheSpecificationShowsIt() throws Exception {
    fill("a/1", new byte[] {'v'});
    fill("a/2", new byte[] {(byte) 0xff});
    fill("b", new byte[] {'w'});

    String first = ask("{'action':'kv_list','prefix':'a/','limit':1,'id':'l'}");

    String cursor = JSON.readTree(first.replace('\'', '"')).get("next_cursor").asText();
    assertThat(first)
        .isEqualTo(
            "{'success':true,'items':[{'key':'a/1','value':'v','version':1,"
                + json(TIMES)
                + "}],'count':1,'has_more':true,'next_cursor':'"
                + cursor
                + "','watch_position':'3f2a.AAE','id':'l'}");
    assertThat(ask("{'action':'kv_list','prefix':'a/','limit':1,'cursor':'" + cursor + "'}"))
        .isEqualTo(
            "{'success':true,'items':[{'key':'a/2','value':'/w==','encoding':'base64','version':2,"
                + json(TIMES)
                + "}],'count':1,'has_more':false}");
    assertThat(ask("{'action':'kv_list','prefix':'c'}"))
        .isEqualTo(
            "{'success':true,'items':[],'count':0,'has_more':false,'watch_position':'3f2a.AAE'}");
    assertThat(ask("{'action':'kv_list','limit':-3}")).contains("'count':3");
    assertThat(ask("{'action':'kv_list','limit':'many'}")).contains("'count':3");
    assertThat(ask("{'action':'kv_list','prefix':'b','cursor':'" + cursor + "'}"))
        .contains("invalid_cursor");
  }

  @Test
  void pagesEndBeforeTheLineDoesAndLeaveNothingOut() throws Exception {
    for (int i = 0; i < 300; i++) {
      String key = "k%03d".formatted(i) + "\u00e4".repeat(i % 7 * 70);
      fill(key, ("\u0002".repeat(i % 50) + "v".repeat(i * 7)).getBytes(StandardCharsets.UTF_8));
    }
    for (boolean keysOnly : List.of(false, true)) {
      var seen = new ArrayList<String>();
      String cursor = "";
      boolean more = true;
      int pages = 0;
      while (more) {
        peer.send(
            "{\"action\":\"kv_list\",\"limit\":1000,\"keys_only\":%s%s,\"id\":\"%s\"}\n"
                .formatted(keysOnly, cursor, "\u00fc".repeat(64)));
        String line = peer.line();
        assertThat(line.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(65_536);
        JsonNode page = JSON.readTree(line);
        page.path("items").forEach(item -> seen.add(item.get("key").asText()));
        page.path("keys").forEach(key -> seen.add(key.asText()));
        more = page.get("has_more").asBoolean();
        assertThat(page.has("next_cursor")).isEqualTo(more);
        cursor = ",\"cursor\":\"" + page.path("next_cursor").asText() + "\"";
        pages++;
      }
      assertThat(seen).hasSize(300).doesNotHaveDuplicates().isSorted();
      assertThat(pages).isGreaterThan(keysOnly ? 1 : 5);
    }
  }

  @Test
  void requestsOnOneKeyTakeEffectInTheOrderSent() {
    store.hold();
    peer.send(
        """
        {"action":"kv_put","key":"k","value":"1"}
        {"action":"kv_put","key":"k","value":"2"}
        {"action":"kv_get","key":"k"}
        {"action":"kv_delete","key":"k"}
        {"action":"kv_get","key":"k","id":"late"}
        {"action":"kv_get","key":"other","id":"early"}
        """);

    // another key does not wait; both writes are under way together
    assertThat(peer.line()).endsWith("\"id\":\"early\"}");
    assertThat(store.held()).isEqualTo(2);
    store.commit();

    assertThat(peer.line()).isEqualTo("{\"success\":true,\"created\":true,\"version\":1}");
    assertThat(peer.line()).isEqualTo("{\"success\":true,\"created\":false,\"version\":2}");
    assertThat(peer.line()).contains("\"value\":\"2\",\"version\":2");
    assertThat(peer.line()).isEqualTo("{\"success\":true,\"existed\":true,\"version\":3}");
    assertThat(peer.line())
        .isEqualTo("{\"success\":false,\"reason\":\"not_found\",\"found\":false,\"id\":\"late\"}");
  }

  @Test
  void whatIsNotAnsweredInTimeIsToldAndWhatWaitsBehindItIsNotDoneLater() {
    peer = bench.connect(rules(Duration.ofMillis(200), LONG, LONG), door());
    store.hold();
    peer.send(
        """
        {"action":"kv_put","key":"k","value":"1","id":1}
        {"action":"kv_get","key":"k","id":2}
        {"action":"kv_put","key":"k","value":"2","id":3}
        """);

    for (int i = 0; i < 3; i++) {
      assertThat(peer.line()).contains("owner did not answer within 200 ms");
    }
    store.commit();

    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(ask("{'action':'kv_get','key':'k'}"))
                    .contains("'value':'1','version':1"));
    assertThat(store.held()).isZero();
  }

  @Test
  void anIdThatIsInFlightIsRefusedWithoutBeingDone() {
    store.hold();
    peer.send("{\"action\":\"kv_put\",\"key\":\"k\",\"value\":\"1\",\"id\":1}\n");
    Awaitility.await().until(() -> store.held() == 1);

    assertThat(ask("{'action':'kv_put','key':'k','value':'2','id':1}"))
        .contains("'code':'duplicate_id'");
    store.commit();

    assertThat(peer.line()).contains("\"version\":1");
    assertThat(ask("{'action':'kv_get','key':'k'}")).contains("'value':'1'");
  }

  @Test
  void aConnectionIsNotReadWhileItsValuesFillTheNode() {
    store.hold();
    String put = "{\"action\":\"kv_put\",\"key\":\"k\",\"value\":\"" + "v".repeat(60_000) + "\"}\n";
    int sent = 0;
    try {
      for (; sent < 1_000; sent++) {
        peer.send(put);
      }
    } catch (AssertionError full) {
      // nobody asks for more
    }

    assertThat(sent).isBetween(4 * 1024 * 1024 / 61_000, 80);
    assertThat(store.held()).isLessThanOrEqualTo(sent);
    store.commit();
    for (int i = 0; i < store.callers().size(); i++) {
      assertThat(peer.line()).contains("\"success\":true");
    }
    assertThat(ask("{'action':'kv_get','key':'k','id':1}")).contains("'found':true");
  }

  @Test
  void overHttpTheStatusIsThatOfTheCode() {
    String body = "{\"action\":\"kv_put\",\"key\":\"k\",\"value\":\"v\",\"ttl\":-1}";

    peer.send("POST / HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

    assertThat(peer.line()).isEqualTo("HTTP/1.1 400 Bad Request\r");
  }
}
