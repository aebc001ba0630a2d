package io.leasehold.streams.lock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RequestReaderTest {
  private final RequestReader reader = new RequestReader();

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The first error as code and text, or null. */
  private String error(String line) {
    return error(utf8(line));
  }

  private String error(byte[] line) {
    WireError error = reader.read(line, 0, line.length);
    error = error != null ? error : reader.decodeAction();
    error = error != null ? error : reader.decodeMembers();
    return error == null ? null : error.code().wire() + ": " + error.text();
  }

  private LockOperation operation(String line) {
    assertThat(error(line)).isNull();
    return reader.operation();
  }

  @Test
  void anAcquireOfTheBaseProtocolIsReadWhole() {
    assertThat(
            operation(
                "{\"action\":\"acquire\",\"key\":\"user-123\",\"ttl\":300,"
                    + "\"pid\":\"web-worker\",\"host\":\"server-01\"}"))
        .isEqualTo(
            new LockOperation.Acquire(
                "web-worker@server-01", 300_000, 0, 1, 1, Mode.EXCLUSIVE, false, null, null));
    assertThat(reader.key()).isEqualTo("user-123");
  }

  @Test
  void everyMemberOfAnExtendedAcquireIsRead() {
    assertThat(
            operation(
                " { \"id\" : \"a1\", \"metadata\":\"b\\u00fcild \\\"41\\\"\", \"permits\":2,"
                    + "\"limit\":5,\"wait_ms\":5000,\"owner\":\"w7\",\"ttl_ms\":30000,"
                    + "\"key\":\"p\\/q\",\"action\":\"\\u0061cquire\",\"x\":[{\"y\":null}]}\t"))
        .isEqualTo(
            new LockOperation.Acquire(
                "w7", 30_000, 5_000, 5, 2, Mode.EXCLUSIVE, false, "b\u00fcild \"41\"", "sa1"));
    assertThat(reader.key()).isEqualTo("p/q");
    assertThat(reader.id()).isEqualTo(new RequestId("a1", true));
  }

  @Test
  void ofDuplicateMembersTheLastCountsAndNullIsAbsent() {
    assertThat(
            operation(
                "{\"action\":\"release\",\"key\":\"a\",\"key\":\"b\",\"owner\":\"x\",\"owner\":null}"))
        .isEqualTo(new LockOperation.Release(null, 0, null));
    assertThat(reader.key()).isEqualTo("b");
  }

  @Test
  void theOwnerIsPidAndHostWithAbsentPartsEmpty() {
    String rest = ",\"action\":\"acquire\",\"key\":\"k\",\"ttl\":1}";
    assertThat(ownerOf("{\"pid\":7,\"host\":\"h\"" + rest)).isEqualTo("7@h");
    assertThat(ownerOf("{\"pid\":\"p\"" + rest)).isEqualTo("p@");
    assertThat(ownerOf("{\"host\":\"h\"" + rest)).isEqualTo("@h");
    assertThat(ownerOf("{\"z\":0" + rest)).isEqualTo("@");
    assertThat(ownerOf("{\"pid\":\"p\",\"owner\":\"o\"" + rest)).isEqualTo("o");
  }

  private String ownerOf(String line) {
    return ((LockOperation.Acquire) operation(line)).owner();
  }

  @TestFactory
  Stream<DynamicTest> everyMistakeHasItsAnswer() {
    String acquire = "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":1,";
    String longKey = "\u00fc".repeat(1_024);
    Object[][] rows = {
      {"", "invalid_json: expected { at byte 1"},
      {"garbage", "invalid_json: expected { at byte 1"},
      {"[1]", "invalid_request: request must be a JSON object"},
      {"\"x\"", "invalid_request: request must be a JSON object"},
      {"{\"a\":1} x", "invalid_json: unexpected text after the object at byte 9"},
      {"{\"a\":01}", "invalid_json: expected , or } at byte 7"},
      {"{\"a\":tru}", "invalid_json: expected a value at byte 6"},
      {"{\"a\":\"\t\"}", "invalid_json: control character in a string at byte 7"},
      {"{\"a\":\"\\x\"}", "invalid_json: unknown escape at byte 8"},
      {"{\"a\":1", "invalid_json: expected , or } at byte 7"},
      {"{\"a\":\"b", "invalid_json: string without its end at byte 8"},
      {
        "{\"a\":\"\\ud800\"}",
        "invalid_utf8: line is not valid UTF-8: unpaired surrogate at byte 13"
      },
      {
        "{\"id\":\"\",\"action\":\"ping\"}",
        "invalid_id: id must be a string of 1 to 128 bytes or an integer below 2^53 in size, got \"\""
      },
      {
        "{\"id\":1.0}",
        "invalid_id: id must be a string of 1 to 128 bytes or an integer below 2^53 in size, got 1.0"
      },
      {
        "{\"id\":9007199254740992}",
        "invalid_id: id must be a string of 1 to 128 bytes or an integer below 2^53 in size, got 9007199254740992"
      },
      {"{}", "missing_action: action is required"},
      {"{\"action\":\"fly\"}", "unknown_action: unknown action 'fly'"},
      {"{\"action\":7}", "unknown_action: unknown action '7'"},
      {"{\"action\":\"Acquire\"}", "unknown_action: unknown action 'Acquire'"},
      {"{\"action\":\"exists\"}", "missing_key: key is required"},
      {"{\"action\":\"exists\",\"key\":\"\"}", "missing_key: key is required"},
      {"{\"action\":\"exists\",\"key\":null}", "missing_key: key is required"},
      {
        "{\"action\":\"exists\",\"key\":7}",
        "invalid_key: key must be a string of 1 to 2048 bytes without U+0000, got 7"
      },
      {
        "{\"action\":\"exists\",\"key\":\"a\\u0000\"}",
        "invalid_key: key must be a string of 1 to 2048 bytes without U+0000, got \"a\\u0000\""
      },
      {"{\"action\":\"exists\",\"key\":\"" + longKey + "\"}", null},
      {
        "{\"action\":\"exists\",\"key\":\"" + longKey + "x\"}",
        "invalid_key: key must be a string of 1 to 2048 bytes without U+0000, got \""
            + "\u00fc".repeat(63)
            + "..."
      },
      {"{\"action\":\"acquire\",\"key\":\"k\"}", "invalid_ttl: ttl or ttl_ms is required"},
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":0}",
        "invalid_ttl: ttl must be an integer from 1 to 86400, got 0"
      },
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":86401}",
        "invalid_ttl: ttl must be an integer from 1 to 86400, got 86401"
      },
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":1e3}",
        "invalid_ttl: ttl must be an integer from 1 to 86400, got 1e3"
      },
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":\"30\"}",
        "invalid_ttl: ttl must be an integer from 1 to 86400, got \"30\""
      },
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":99999999999999999999999}",
        "invalid_ttl: ttl must be an integer from 1 to 86400, got 99999999999999999999999"
      },
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl_ms\":99}",
        "invalid_ttl: ttl_ms must be an integer from 100 to 86400000, got 99"
      },
      {
        "{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":1,\"ttl_ms\":1000}",
        "invalid_request: ttl and ttl_ms exclude each other"
      },
      {
        acquire + "\"owner\":\"\"}",
        "invalid_field: owner must be a string of 1 to 512 bytes, got \"\""
      },
      {acquire + "\"host\":5}", "invalid_field: host must be a string of 0 to 255 bytes, got 5"},
      {
        acquire + "\"wait_ms\":-1}",
        "invalid_field: wait_ms must be an integer from 0 to 86400000, got -1"
      },
      {
        acquire + "\"limit\":0}", "invalid_field: limit must be an integer from 1 to 1048576, got 0"
      },
      {acquire + "\"permits\":2}", "invalid_field: permits must be an integer from 1 to 1, got 2"},
      {
        acquire + "\"mode\":\"x\"}",
        "invalid_field: mode must be \"exclusive\" or \"shared\", got \"x\""
      },
      {
        acquire + "\"mode\":\"shared\",\"limit\":2}",
        "invalid_request: mode shared and limit 2 exclude each other"
      },
      {acquire + "\"reentrant\":1}", "invalid_field: reentrant must be true or false, got 1"},
      {
        acquire + "\"reentrant\":true}",
        "invalid_field: reentrant needs an owner, got the anonymous one"
      },
      {
        acquire + "\"reentrant\":true,\"owner\":\"a\",\"limit\":2}",
        "invalid_request: reentrant and limit 2 exclude each other"
      },
      {
        acquire + "\"session\":\"s\"}",
        "invalid_field: session is not supported by this server, got \"s\""
      },
      {"{\"action\":\"extend\",\"key\":\"k\",\"ttl\":1}", "invalid_field: owner is required"},
      {"{\"action\":\"verify\",\"key\":\"k\"}", "invalid_field: token is required"},
      {
        "{\"action\":\"release\",\"key\":\"k\",\"token\":0}",
        "invalid_field: token must be an integer from 1 to 9007199254740991, got 0"
      },
      {"{\"action\":\"cancel\"}", "invalid_field: target or id is required"},
      {
        "{\"action\":\"list\",\"limit\":1001}",
        "invalid_field: limit must be an integer from 1 to 1000, got 1001"
      },
    };
    return Arrays.stream(rows)
        .map(
            row ->
                DynamicTest.dynamicTest(
                    "line " + WireError.shown((String) row[0]),
                    () -> assertThat(error((String) row[0])).isEqualTo(row[1])));
  }

  @Test
  void depthIsBounded() {
    assertThat(error("{\"action\":\"ping\",\"x\":" + "[".repeat(15) + "]".repeat(15) + "}"))
        .isNull();
    assertThat(error("{\"action\":\"ping\",\"x\":" + "[".repeat(16) + "]".repeat(16) + "}"))
        .startsWith("invalid_json: nested deeper than 16");
  }

  @Test
  void whatIsNotUtf8IsRefused() {
    byte[] line = utf8("{\"action\":\"exists\",\"key\":\"xxxx\"}");
    int[][] wrong = {
      {0xC0, 0x80, 'x', 'x'},
      {0xE0, 0x80, 0x80, 'x'},
      {0xED, 0xA0, 0x80, 'x'},
      {0xF5, 0x80, 0x80, 0x80},
      {0xF4, 0x90, 0x80, 0x80},
      {0x80, 'x', 'x', 'x'},
      {'x', 'x', 'x', 0xC3}
    };
    for (int[] bytes : wrong) {
      byte[] broken = line.clone();
      for (int i = 0; i < 4; i++) {
        broken[line.length - 6 + i] = (byte) bytes[i];
      }
      assertThat(error(broken)).isEqualTo("invalid_utf8: line is not valid UTF-8");
    }
  }

  @Test
  void theConvenienceFormTakesAResourceAndARetry() {
    var convenience = RequestReader.forResources();
    byte[] body = utf8("{\"resource\":\"test\",\"ttl\":30,\"retry\":{\"max_attempts\":5}}");
    assertThat(convenience.read(body, 0, body.length)).isNull();
    convenience.fixAction(Action.ACQUIRE);
    assertThat(convenience.decodeMembers()).isNull();
    assertThat(convenience.key()).isEqualTo("test");
    assertThat(convenience.retryAttempts(new WireError[1])).isEqualTo(5);
  }
}
