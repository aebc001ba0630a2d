package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HelloTest {
  private final MessageReader reader = new MessageReader();

  private Hello read(String line) throws Hello.Refused {
    byte[] bytes = line.getBytes(UTF_8);
    DropReason found =
        reader.read(bytes, 0, bytes.length, false, 1_000, new MessageReader.Window(0, 0));
    assertThat(reader.isGreeting()).isTrue();
    return Hello.of(reader, bytes, found);
  }

  private static String hello(String data) {
    return "{\"v\":1,\"type\":\"hello\",\"src\":\"a\",\"data\":" + data + "}";
  }

  @Test
  void whatAClientAsksForIsRead() throws Exception {
    assertThat(read(hello("{\"ack\":\"durable\",\"stream\":\"k3-J._x\",\"resume\":17,\"x\":[]}")))
        .isEqualTo(new Hello("a", Hello.Ack.DURABLE, "k3-J._x", 17, ""));
    assertThat(read(hello("{\"ack\":\"received\",\"token\":\"t\"}")))
        .isEqualTo(new Hello("a", Hello.Ack.RECEIVED, "", 0, "t"))
        .asString()
        .doesNotContain("token", "t]");
    assertThat(read("{\"v\":1,\"type\":\"hello\",\"src\":\"ü\",\"ts\":5}"))
        .isEqualTo(new Hello("ü", Hello.Ack.NONE, "", 0, ""));
    assertThat(read(hello("{\"ack\":null,\"stream\":null,\"resume\":null}")))
        .isEqualTo(new Hello("a", Hello.Ack.NONE, "", 0, ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"ack\":\"all\"}|ack = all: must be none, received or durable",
        "{\"stream\":\"\"}|stream = : must be 1..64 of A-Z a-z 0-9 . _ -",
        "{\"stream\":\"a/b\\u0000\\\"\"}|stream = a/b?': must be 1..64 of A-Z a-z 0-9 . _ -",
        "{\"resume\":1.5}|resume = 1.5: must be a whole number, 0 or more",
        "{\"resume\":1}|resume = 1: needs a stream",
        "{\"ack\":[\"received\"]}|ack: must be a single value",
        "{\"x\":{},\"resume\":{}}|resume: must be a single value",
        "[1]|data: must be an object",
        "\"x\"|data: must be an object",
      })
  void whatCannotBeGivenIsRefusedWithItsReason(String data, String why) {
    var refused = catchThrowableOfType(Hello.Refused.class, () -> read(hello(data)));

    assertThat(refused).hasMessage(why);
  }

  @Test
  void aHelloThatIsNoMessageIsNone() {
    assertThat(
            catchThrowableOfType(
                Hello.Refused.class, () -> read("{\"v\":2,\"type\":\"hello\",\"src\":\"a\"}")))
        .hasMessage("bad_version");
    assertThat(
            catchThrowableOfType(
                Hello.Refused.class, () -> read("{\"v\":1,\"type\":\"hello\",\"src\":\"\"}")))
        .hasMessage("src: must be a text of 1..256 bytes");
    assertThat(
            catchThrowableOfType(Hello.Refused.class, () -> read(hello("{}").replace("src", "sr"))))
        .hasMessage("unknown_key");
    assertThat(
            catchThrowableOfType(Hello.Refused.class, () -> read("{\"v\":1,\"type\":\"hello\"}")))
        .hasMessage("missing_field");
  }

  @Test
  void aMessageGreetsNobody() {
    byte[] event = "{\"v\":1,\"type\":\"event\",\"src\":\"a\"}".getBytes(UTF_8);

    reader.read(event, 0, event.length, false, 1_000, new MessageReader.Window(0, 0));

    assertThat(reader.isGreeting()).isFalse();
  }
}
