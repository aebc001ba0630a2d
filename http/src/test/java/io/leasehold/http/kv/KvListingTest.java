package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.http.access.HandClock;
import io.leasehold.http.access.OpenDoor;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand random keys of all of Unicode, in the order of their bytes, page by page. */
class KvListingTest {
  private static final int KEYS = 10_000;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final TreeSet<Bytes> WRITTEN = new TreeSet<>();
  private static ActorTestKit kit;
  private static OpenDoor door;

  @TempDir static Path spool;

  @BeforeAll
  static void write() throws Exception {
    kit = ActorTestKit.create();
    var clock = new HandClock(1_768_469_400_000L);
    var store = new MemoryStore(64, 64 << 20, clock);
    door = new OpenDoor(kit, TestRoutes.of(store, kit, spool, clock));
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var caller = new KvStore.Caller("cor_0", KvStore.Consistency.CONSISTENT, false);
    while (WRITTEN.size() < KEYS) {
      String key = key(random);
      if (KvKeys.faultOf(key) == null && WRITTEN.add(Bytes.utf8(key))) {
        var put =
            new KvOperation.Put(
                Bytes.utf8(key), Bytes.utf8("v"), Map.of(), Ttl.NONE, Precondition.NONE, null);
        store.run(put, caller);
      }
    }
  }

  @AfterAll
  static void close() throws Exception {
    door.close();
    kit.shutdownTestKit();
  }

  private static String key(Random random) {
    var key = new StringBuilder();
    int length = 1 + random.nextInt(6);
    for (int i = 0; i < length; i++) {
      int[] tops = {0x80, 0x800, 0xffff, 0x10ffff};
      int point = random.nextInt(tops[random.nextInt(tops.length)]);
      key.appendCodePoint(
          point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? '{' : point);
    }
    return key.toString();
  }

  private static List<Bytes> listed(String query, int pageSize) throws Exception {
    var all = new ArrayList<Bytes>();
    String cursor = "";
    while (true) {
      var page = door.send("GET", "/api/v1/kv?" + query + cursor, null);
      assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
      JsonNode body = MAPPER.readTree(page.body());
      boolean keysOnly = body.has("keys");
      JsonNode rows = body.get(keysOnly ? "keys" : "items");
      for (JsonNode row : rows) {
        all.add(Bytes.utf8(keysOnly ? row.textValue() : row.get("key").textValue()));
      }
      assertThat(body.get("count").intValue()).isEqualTo(rows.size());
      assertThat(body.has("next_cursor")).isEqualTo(body.get("has_more").booleanValue());
      if (!body.get("has_more").booleanValue()) {
        return all;
      }
      assertThat(rows.size()).isEqualTo(pageSize);
      cursor = "&cursor=" + body.get("next_cursor").textValue();
    }
  }

  @Test
  void everySizeOfPageShowsEachKeyOnceInOrder() throws Exception {
    var expected = new ArrayList<>(WRITTEN);
    assertThat(listed("limit=97&keys_only=true", 97)).isEqualTo(expected);
    assertThat(listed("limit=1000", 1_000)).isEqualTo(expected);
    assertThat(listed("limit=5000&keys_only=true", 1_000)).isEqualTo(expected);
    for (String none : List.of("", "&limit=0", "&limit=-3", "&limit=many", "&limit=")) {
      assertThat(listed("keys_only=true" + none, 100)).isEqualTo(expected);
    }
  }

  @Test
  void aPrefixShowsItsKeysAndNoOthers() throws Exception {
    for (int i = 0; i < KEYS; i += 997) {
      String key = new ArrayList<>(WRITTEN).get(i).text();
      String prefix = key.substring(0, key.offsetByCodePoints(0, 1));
      Bytes bytes = Bytes.utf8(prefix);
      String encoded = URLEncoder.encode(prefix, StandardCharsets.UTF_8);
      assertThat(listed("limit=1&prefix=" + encoded, 1))
          .isEqualTo(WRITTEN.stream().filter(each -> each.startsWith(bytes)).toList());
    }
  }

  @Test
  void everyKeyIsFoundUnderItsPath() throws Exception {
    int i = 0;
    for (Bytes key : WRITTEN) {
      if (i++ % 100 == 0) {
        String path = URLEncoder.encode(key.text(), StandardCharsets.UTF_8).replace("+", "%20");
        var got = door.send("GET", "/api/v1/kv/" + path, null);
        assertThat(got.statusCode()).as(path).isEqualTo(200);
        assertThat(MAPPER.readTree(got.body()).get("key").textValue()).isEqualTo(key.text());
      }
    }
  }
}
