package io.leasehold.streams.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.streams.lock.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpFramingTest {
  private final HttpFraming framing = new HttpFraming();

  private HttpFraming.Found request(String version, String headers) {
    String text = "POST / HTTP/" + version + "\r\n" + headers + "\r\n\r\n{}";
    framing.offer(text.getBytes(StandardCharsets.ISO_8859_1));
    return framing.next();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 3\r\nX: y\r\nContent-Length: 2",
        "Content-Length: 2, 2",
        "Content-Length : 2",
        "Content-Length: 2\r\nX : y",
        "Content-Length: 2\r\nX: y\r\n z: a",
        "Content-Length: +2",
      })
  void aHeadThatOthersMayReadOtherwiseIsRefusedAndEndsTheConnection(String headers) {
    assertThat(request("1.1", headers)).isEqualTo(HttpFraming.Found.ERROR);

    assertThat(framing.error().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(framing.closesAfterAnswer()).isTrue();
  }

  @Test
  void theSameLengthTwiceIsOneLength() {
    assertThat(request("1.1", "Content-Length: 2\r\ncontent-length: 2"))
        .isEqualTo(HttpFraming.Found.REQUEST);

    assertThat(framing.body()).asString().isEqualTo("{}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"65537", "4294967298", "99999999999999999999"})
  void aBodyOverTheLimitIsTooLongHoweverLong(String length) {
    assertThat(request("1.1", "Content-Length: " + length)).isEqualTo(HttpFraming.Found.ERROR);

    assertThat(framing.error().code()).isEqualTo(ErrorCode.LINE_TOO_LONG);
    assertThat(framing.closesAfterAnswer()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.1 | keep-alive | false",
        "1.1 | close | true",
        "1.1 | TE, Close | true",
        "1.0 | close | true",
        "1.0 | Keep-Alive | false",
        "1.0 | TE, keep-alive | false",
        "1.0 | TE | true",
      })
  void theConnectionHeaderIsAList(String version, String value, boolean closes) {
    assertThat(request(version, "Content-Length: 2\r\nConnection: " + value))
        .isEqualTo(HttpFraming.Found.REQUEST);

    assertThat(framing.closesAfterAnswer()).isEqualTo(closes);
  }
}
