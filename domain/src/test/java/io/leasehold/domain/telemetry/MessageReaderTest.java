package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.MessageReader.Field;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of reasons, case by case, and the order in which they are looked for. */
class MessageReaderTest {
  private static final long NOW = 1_795_211_115_193L;
  private static final MessageReader.Window WINDOW = new MessageReader.Window(60_000, 86_400_000);

  private final MessageReader reader = new MessageReader();

  private String read(String line) {
    return read(line.getBytes(UTF_8));
  }

  private String read(byte[] line) {
    DropReason reason = reader.read(line, 0, line.length, false, NOW, WINDOW);
    return reason == null ? "ok" : reason.wire();
  }

  private static String line(String type, String data) {
    return "{\"v\":1,\"src\":\"s\",\"ts\":" + NOW + ",\"type\":\"" + type + "\"" + data + "}";
  }

  private static String with(String members) {
    return "{\"v\":1,\"src\":\"s\",\"ts\":" + NOW + ",\"type\":\"resource\"" + members + "}";
  }

  private static String header(String v, String src, String ts, String type) {
    return "{\"v\":" + v + ",\"src\":" + src + ",\"ts\":" + ts + ",\"type\":" + type + "}";
  }

  private static String deep(int depth) {
    return with(",\"data\":{\"x\":" + "[".repeat(depth - 2) + "]".repeat(depth - 2) + "}");
  }

  static Stream<Arguments> cases() {
    String event = ",\"data\":{\"level\":\"info\",\"msg\":\"x\"}";
    String ts = Long.toString(NOW);
    return Stream.of(
        Arguments.of("ok", line("event", event)),
        Arguments.of("ok", line("heartbeat", "")),
        Arguments.of("ok", line("goodbye", ",\"data\":{},\"tid\":\"t\",\"sid\":\"s\"")),
        // the shape of the text
        Arguments.of("bad_json", "{"),
        Arguments.of("bad_json", "{}x"),
        Arguments.of("bad_json", "{} {}"),
        Arguments.of("bad_json", "nonsense"),
        Arguments.of("bad_json", "{\"v\":1,}"),
        Arguments.of("bad_json", "{'v':1}"),
        Arguments.of("bad_json", "{\"v\":01}"),
        Arguments.of("bad_json", "{\"v\":+1}"),
        Arguments.of("bad_json", "{\"v\":1.}"),
        Arguments.of("bad_json", "{\"v\":.5}"),
        Arguments.of("bad_json", "{\"v\":NaN}"),
        Arguments.of("bad_json", "{\"v\":-Infinity}"),
        Arguments.of("bad_json", "{\"v\":\"\\x\"}"),
        Arguments.of("bad_json", "{\"v\":\"\\u12g4\"}"),
        Arguments.of("bad_json", "{\"v\":\"\t\"}"),
        Arguments.of("bad_json", "[1"),
        Arguments.of("bad_json", ""),
        Arguments.of("not_object", "[1]"),
        Arguments.of("not_object", "42"),
        Arguments.of("not_object", "\"{}\""),
        Arguments.of("not_object", "null"),
        Arguments.of("ok", deep(64)),
        Arguments.of("bad_json", deep(65)),
        Arguments.of("bad_json", "[".repeat(60_000)),
        // keys
        Arguments.of("unknown_key", with(",\"extra\":1")),
        Arguments.of("unknown_key", with(",\"\":1")),
        Arguments.of("unknown_key", with(",\"extra\":null")),
        Arguments.of("ok", line("event", event).replace("\"v\"", "\"\\u0076\"")),
        Arguments.of("missing_field", "{}"),
        Arguments.of("missing_field", "{\"v\":1,\"src\":\"s\",\"ts\":1}"),
        Arguments.of("missing_field", header("null", "\"s\"", ts, "\"event\"")),
        Arguments.of("missing_field", header("1", "null", ts, "\"event\"")),
        Arguments.of("missing_field", header("1", "\"s\"", "null", "\"event\"")),
        // version and type
        Arguments.of("bad_version", header("2", "\"s\"", ts, "\"event\"")),
        Arguments.of("bad_version", header("\"1\"", "\"s\"", ts, "\"event\"")),
        Arguments.of("ok", header("1.0", "\"s\"", ts, "\"resource\"")),
        Arguments.of("ok", header("10e-1", "\"s\"", ts, "\"resource\"")),
        Arguments.of("unknown_type", header("1", "\"s\"", ts, "\"trace\"")),
        Arguments.of("unknown_type", header("1", "\"s\"", ts, "\"Event\"")),
        Arguments.of("unknown_type", header("1", "\"s\"", ts, "\"\"")),
        Arguments.of("unknown_type", header("1", "\"s\"", ts, "1")),
        Arguments.of("unexpected_hello", header("1", "\"s\"", ts, "\"hello\"")),
        Arguments.of("unexpected_hello", "{\"v\":1,\"src\":\"s\",\"type\":\"hello\"}"),
        Arguments.of("ok", header("1", "\"s\"", ts, "\"\\u0072esource\"")),
        // source
        Arguments.of("ok", header("1", "42", ts, "\"resource\"")),
        Arguments.of("bad_src", header("1", "\"\"", ts, "\"resource\"")),
        Arguments.of("bad_src", header("1", "true", ts, "\"resource\"")),
        Arguments.of("bad_src", header("1", "{}", ts, "\"resource\"")),
        Arguments.of("ok", header("1", "\"" + "x".repeat(256) + "\"", ts, "\"resource\"")),
        Arguments.of("bad_src", header("1", "\"" + "x".repeat(257) + "\"", ts, "\"resource\"")),
        Arguments.of("ok", header("1", "\"" + "ä".repeat(128) + "\"", ts, "\"resource\"")),
        Arguments.of("bad_src", header("1", "\"" + "ä".repeat(129) + "\"", ts, "\"resource\"")),
        Arguments.of("ok", header("1", "\"" + "\\u0041".repeat(256) + "\"", ts, "\"resource\"")),
        Arguments.of(
            "bad_src", header("1", "\"" + "\\u00e4".repeat(129) + "\"", ts, "\"resource\"")),
        // time
        Arguments.of("bad_ts", header("1", "\"s\"", "\"1\"", "\"resource\"")),
        Arguments.of("ok", header("1", "\"s\"", Long.toString(NOW + 60_000), "\"resource\"")),
        Arguments.of("ok", header("1", "\"s\"", NOW + 60_000 + ".9", "\"resource\"")),
        Arguments.of(
            "ts_future", header("1", "\"s\"", Long.toString(NOW + 60_001), "\"resource\"")),
        Arguments.of("ok", header("1", "\"s\"", Long.toString(NOW - 86_400_000), "\"resource\"")),
        Arguments.of(
            "ts_past", header("1", "\"s\"", Long.toString(NOW - 86_400_001), "\"resource\"")),
        Arguments.of("ts_past", header("1", "\"s\"", "-5", "\"resource\"")),
        Arguments.of("ts_future", header("1", "\"s\"", "9".repeat(400), "\"resource\"")),
        Arguments.of("ts_future", header("1", "\"s\"", "1e999999999", "\"resource\"")),
        Arguments.of("ok", header("1", "\"s\"", "1.795211115193e12", "\"resource\"")),
        // ids
        Arguments.of("ok", with(",\"tid\":\"\",\"sid\":null,\"pid\":7")),
        Arguments.of("bad_id", with(",\"tid\":true")),
        Arguments.of("bad_id", with(",\"sid\":{}")),
        Arguments.of("bad_id", with(",\"pid\":\"" + "x".repeat(257) + "\"")),
        Arguments.of("ok", with(",\"pid\":\"" + "x".repeat(256) + "\"")),
        // data
        Arguments.of("ok", with(",\"data\":[]")),
        Arguments.of("ok", with(",\"data\":[ ]")),
        Arguments.of("bad_data", with(",\"data\":[1]")),
        Arguments.of("bad_data", with(",\"data\":\"x\"")),
        Arguments.of("bad_data", line("event", ",\"data\":5")),
        Arguments.of("missing_data_field", line("event", "")),
        Arguments.of("missing_data_field", line("event", ",\"data\":[]")),
        Arguments.of("missing_data_field", line("event", ",\"data\":{\"msg\":1}")),
        Arguments.of("missing_data_field", line("event", ",\"data\":{\"level\":1}")),
        Arguments.of("missing_data_field", line("event", ",\"data\":{\"level\":null,\"msg\":1}")),
        Arguments.of(
            "missing_data_field", line("event", ",\"data\":{\"x\":{\"level\":1,\"msg\":1}}")),
        Arguments.of("ok", line("event", ",\"data\":{\"level\":[],\"msg\":{}}")),
        Arguments.of("missing_data_field", line("event", event + ",\"data\":{\"level\":\"info\"}")),
        Arguments.of("ok", line("event", ",\"data\":{}" + event)),
        Arguments.of("missing_data_field", line("metric", ",\"data\":{\"name\":\"n\"}")),
        Arguments.of("ok", line("metric", ",\"data\":{\"name\":\"n\",\"value\":\"v\"}")),
        Arguments.of("missing_data_field", line("progress", ",\"data\":{\"percent\":5}")),
        Arguments.of("missing_data_field", line("progress", ",\"data\":{\"job_id\":\"j\"}")),
        Arguments.of("ok", line("progress", ",\"data\":{\"job_id\":\"j\",\"percent\":71.00}")),
        Arguments.of("ok", line("progress", ",\"data\":{\"job_id\":\"j\",\"percent\":100}")),
        Arguments.of("ok", line("progress", ",\"data\":{\"job_id\":\"j\",\"percent\":0}")),
        Arguments.of(
            "bad_percent", line("progress", ",\"data\":{\"job_id\":\"j\",\"percent\":100.01}")),
        Arguments.of(
            "bad_percent", line("progress", ",\"data\":{\"job_id\":\"j\",\"percent\":-1}")),
        Arguments.of(
            "bad_percent", line("progress", ",\"data\":{\"job_id\":\"j\",\"percent\":\"5\"}")),
        Arguments.of("missing_ids", line("span", ",\"data\":{}")),
        Arguments.of("missing_ids", line("span", ",\"tid\":\"t\",\"sid\":\"\",\"data\":{}")),
        Arguments.of("missing_ids", line("span", ",\"sid\":\"s\",\"data\":{}")),
        Arguments.of("ok", line("span", ",\"tid\":\"t\",\"sid\":\"s\",\"data\":{}")),
        // the first failure is the reason
        Arguments.of("bad_json", "{\"extra\":1"),
        Arguments.of("unknown_key", "{\"extra\":1}"),
        Arguments.of("missing_field", "{\"v\":2}"),
        Arguments.of("bad_version", header("2", "\"\"", "\"x\"", "\"no\"")),
        Arguments.of("unknown_type", header("1", "\"\"", "\"x\"", "\"no\"")),
        Arguments.of("bad_src", header("1", "\"\"", "\"x\"", "\"event\"")),
        Arguments.of("bad_ts", header("1", "\"s\"", "\"x\"", "\"event\"")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyReason(String expected, String line) {
    assertThat(read(line)).isEqualTo(expected);
  }

  @Test
  void onlyWellFormedUtf8IsRead() {
    for (byte[] bad :
        new byte[][] {
          {'"', (byte) 0x80, '"'},
          {'"', (byte) 0xC0, (byte) 0x80, '"'},
          {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'},
          {'"', (byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'},
          {'"', (byte) 0xE2, (byte) 0x82, '"'},
          {(byte) 0xFF}
        }) {
      assertThat(read(bad)).isEqualTo("bad_utf8");
    }
    assertThat(read("\"€😀ä\"")).isEqualTo("not_object");
  }

  @Property
  void asManyStringsAreUtf8AsJavaSays(@ForAll byte[] bytes) {
    var decoder = UTF_8.newDecoder();
    boolean valid;
    try {
      decoder.decode(java.nio.ByteBuffer.wrap(bytes));
      valid = true;
    } catch (java.nio.charset.CharacterCodingException e) {
      valid = false;
    }
    assertThat(Utf8.isValid(bytes, 0, bytes.length)).isEqualTo(valid);
  }

  @Property
  void noBytesAtAllBreakTheReader(@ForAll byte[] bytes) {
    assertThat(read(bytes)).isNotEqualTo("ok");
  }

  @Test
  void importanceIsThatOfTypeAndLevel() {
    assertThat(importance("event", "error")).isEqualTo(3);
    assertThat(importance("event", "FATAL")).isEqualTo(3);
    assertThat(importance("event", "Critical")).isEqualTo(3);
    assertThat(importance("event", "err")).isEqualTo(3);
    assertThat(importance("event", "warning")).isEqualTo(2);
    assertThat(importance("event", "info")).isEqualTo(1);
    assertThat(importance("event", "whatever")).isEqualTo(1);
    assertThat(importance("event", "\\u0065rror")).isEqualTo(3);
    assertThat(importance("event", "debug")).isZero();
    assertThat(importance("metric", "error")).isEqualTo(1);
    assertThat(importance("progress", "")).isEqualTo(2);
    assertThat(importance("resource", "")).isZero();
    assertThat(importance("heartbeat", "")).isZero();
  }

  private int importance(String type, String level) {
    String data =
        ",\"data\":{\"level\":\""
            + level
            + "\",\"msg\":1,\"name\":1,\"value\":1,\"job_id\":1,\"percent\":1}";
    assertThat(read(line(type, data))).isEqualTo("ok");
    return reader.importance();
  }

  @Test
  void halfOfASurrogatePairIsNoCharacter() {
    String ts = Long.toString(NOW);
    for (String half : new String[] {"\\ud800", "\\uDFFF", "\\udc00\\ud800"}) {
      assertThat(read(header("1", "\"a" + half + "b\"", ts, "\"resource\""))).isEqualTo("ok");
      assertThat(SourceName.encode(reader.text(Field.SRC)))
          .as("not that of a?b")
          .isEqualTo("a" + "%EF%BF%BD".repeat(half.length() / 6) + "b");
    }
    read(header("1", "\"\\ud83d\\ude00\"", ts, "\"resource\""));
    assertThat(reader.text(Field.SRC)).isEqualTo("\ud83d\ude00");
  }

  @Test
  void whatWasFoundCanBeAsked() {
    String line =
        "{ \"ts\" : 1795211115193.7, \"src\":\"a\\\"b\", \"type\":\"span\", \"v\":1,"
            + " \"tid\":\"T\", \"sid\": 12, \"pid\":null, \"data\": {\"a\": [1] } }";

    assertThat(read(line)).isEqualTo("ok");
    assertThat(reader.ts()).isEqualTo(NOW);
    assertThat(reader.type()).isEqualTo(MessageType.SPAN);
    assertThat(reader.text(Field.SRC)).isEqualTo("a\"b");
    assertThat(reader.text(Field.TID)).isEqualTo("T");
    assertThat(reader.text(Field.SID)).isEqualTo("12");
    assertThat(reader.isString(Field.SID)).isFalse();
    assertThat(reader.isPresent(Field.PID)).isFalse();
    assertThat(line.substring(reader.from(Field.DATA), reader.to(Field.DATA)))
        .isEqualTo("{\"a\": [1] }");
  }
}
