package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.http.access.HandClock;
import io.leasehold.http.access.OpenDoor;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a request says about the state it expects is never passed over in silence. */
class KvFencesTest {
  private static final String OLD = ",\"fence\":{\"lock\":\"l\",\"token\":41}}";
  private static ActorTestKit kit;

  @TempDir Path spool;
  private OpenDoor door;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void open() throws Exception {
    var clock = new HandClock(1_768_469_400_000L);
    door = new OpenDoor(kit, TestRoutes.of(new MemoryStore(4, 1 << 20, clock), kit, spool, clock));
    assertThat(put("a", "If-Fence", "l/42").statusCode()).isEqualTo(200);
  }

  @AfterEach
  void close() throws Exception {
    door.close();
  }

  private HttpResponse<String> put(String key, String... headers) throws Exception {
    return door.send("PUT", "/api/v1/kv/" + key, "{\"value\":\"v\"}", headers);
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    return door.send("POST", "/api/v1/" + path, body, headers);
  }

  private String valueOfA() throws Exception {
    return door.send("GET", "/api/v1/kv/a", null, "Accept", "application/octet-stream").body();
  }

  @Test
  void theFenceInTheBodyOfABatchHoldsForEachOfItsEntries() throws Exception {
    var puts = post("kv/batch/put", "{\"items\":[{\"key\":\"a\",\"value\":\"late\"}]" + OLD);
    var deletes = post("kv/batch/delete", "{\"keys\":[\"a\"]" + OLD);
    var gets = post("kv/batch/get", "{\"keys\":[\"a\"]" + OLD);

    for (var each : List.of(puts, deletes, gets)) {
      assertThat(each.statusCode()).as(each.body()).isEqualTo(400);
      assertThat(each.body()).contains("\"code\":\"stale_fence\"", "\"newest_token\":42");
    }
    assertThat(valueOfA()).isEqualTo("v");
    // in front of the list as well
    var first = "{\"fence\":{\"lock\":\"l\",\"token\":41},\"keys\":[\"a\"]}";
    assertThat(post("kv/batch/delete", first).statusCode()).isEqualTo(400);
  }

  @Test
  void aFenceThatIsGivenTwiceOrWrongIsRefusedByABatchToo() throws Exception {
    String keys = "{\"keys\":[\"a\"]";
    for (String path : List.of("kv/batch/get", "kv/batch/delete")) {
      assertThat(post(path, keys + OLD, "If-Fence", "l/43").body()).contains("invalid_fence");
      assertThat(post(path, keys + ",\"fence\":\"l/43\"}").body()).contains("invalid_fence");
      assertThat(post(path, keys + ",\"fence\":{\"lock\":\"l\"}}").body())
          .contains("invalid_fence");
    }
    assertThat(post("kv/batch/get?consistency=stale", keys + OLD).body())
        .contains("\"code\":\"invalid_request\"");
    assertThat(valueOfA()).isEqualTo("v");
  }

  @Test
  void aLockKeyThatNoLockCanHaveIsRefused() throws Exception {
    String body = "{\"value\":\"w\",\"fence\":{\"lock\":\"\\ud800\",\"token\":1}}";

    var answer = door.send("PUT", "/api/v1/kv/a", body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"invalid_fence\"");
  }

  @Test
  void aVersionOfNullIsNoExpectation() throws Exception {
    var answer = post("kv/new/cas", "{\"expected_version\":null,\"value\":\"v\"}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"invalid_request\"");
    assertThat(
            post("kv/a/cas", "{\"expected\":\"v\",\"expected_version\":null,\"value\":\"w\"}")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void aConditionOfAnOperationIsAboutNoOtherKey() throws Exception {
    String operation =
        "{\"operations\":[{\"type\":\"put\",\"key\":\"{a}1\",\"value\":\"v\",\"conditions\":"
            + "[{\"type\":\"key_not_exists\",\"key\":\"%s\"}]}]}";

    var other = post("transaction", String.format(operation, "{a}2"));

    assertThat(other.statusCode()).as(other.body()).isEqualTo(400);
    assertThat(other.body()).contains("\"code\":\"invalid_request\"");
    assertThat(post("transaction", String.format(operation, "{a}1")).statusCode()).isEqualTo(200);
  }
}
