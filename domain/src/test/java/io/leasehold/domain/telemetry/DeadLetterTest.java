package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeadLetterTest {
  private static final String MESSAGE =
      "{ \"v\":1,\"src\":\"s\",\t\"ts\":1,\"type\":\"event\",\"data\":{\"level\":\"ü\",\"msg\":\"\\u0000\"}}";
  private static final DeadLetter LETTER =
      new DeadLetter(
          1795211115300L,
          "routing.a/main",
          "data_error",
          "22P05 \"no\"\n\\",
          1,
          7,
          0x5be0_0000_0000_0001L,
          0xa11,
          MESSAGE);

  private static DeadLetter parse(String line) {
    byte[] text = ("##" + line + "##").getBytes(UTF_8);
    return DeadLetter.parse(text, 2, text.length - 2);
  }

  @Test
  void aLineSaysEverythingAndIsReadBackAsItWas() {
    String line = new String(LETTER.line(), UTF_8);

    assertThat(line)
        .isEqualTo(
            "{\"at\":1795211115300,\"backend\":\"routing.a/main\",\"reason\":\"data_error\","
                + "\"error\":\"22P05 \\\"no\\\"\\u000a\\\\\",\"attempts\":1,\"generation\":7,"
                + "\"ingest_id\":\"5be0000000000001-0000000000000a11\",\"msg\":"
                + MESSAGE
                + "}\n");
    assertThat(parse(line.strip())).isEqualTo(LETTER);
  }

  @Test
  void aMessageOfTheGreatestDepthIsKept() {
    String deep = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
    var letter = new DeadLetter(1, "b", "r", "", 0, 1, -1, -2, deep);

    DeadLetter read = parse(new String(letter.line(), UTF_8).strip());

    assertThat(read).isEqualTo(letter);
    assertThat(read.ingestId()).isEqualTo("ffffffffffffffff-fffffffffffffffe");
  }

  @Test
  void aTornOrStrangeLineIsNone() {
    String line = new String(LETTER.line(), UTF_8).strip();

    for (int end = 0; end < line.length(); end++) {
      assertThat(parse(line.substring(0, end))).as("cut at " + end).isNull();
    }
    assertThat(parse(line + "x")).isNull();
    assertThat(parse(line.replace("\"attempts\":1", "\"attempts\":-1"))).isNull();
    assertThat(parse(line.replace("\"attempts\":1", "\"attempts\":99999999999"))).isNull();
    assertThat(parse(line.replace("5be0", "5bg0"))).isNull();
    assertThat(parse(line.replace("\"msg\":{", "\"message\":{"))).isNull();
    assertThat(parse(line.replace("\"reason\":", "\"more\":[1],\"reason\":"))).isEqualTo(LETTER);
  }
}
