package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Commands as monitors are shown them. */
class MonitorLineTest {
  @Test
  void theLineIsThatOfRedis() {
    List<Bytes> command = List.of(Bytes.utf8("SET"), Bytes.utf8("k"), Bytes.utf8("v"));

    assertThat(MonitorLine.of(1_721_284_005_242_090L, "127.0.0.1:51332", command))
        .isEqualTo("1721284005.242090 [0 127.0.0.1:51332] \"SET\" \"k\" \"v\"");
    assertThat(MonitorLine.of(1_000_001, "", List.of(Bytes.EMPTY))).isEqualTo("1.000001 [0 ] \"\"");
  }

  @Test
  void whatIsNotVisibleIsEscaped() {
    byte[] bytes = "\0\u0001\t\n\r\u0007\b\\\"~\u007f\u00ff".getBytes(StandardCharsets.ISO_8859_1);

    assertThat(MonitorLine.of(0, "", List.of(Bytes.of(bytes))))
        .isEqualTo("0.000000 [0 ] \"\\x00\\x01\\t\\n\\r\\a\\b\\\\\\\"~\\x7f\\xff\"");
  }
}
