package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replies in the third protocol of Redis. */
class Resp3Test {
  private static String encoded(Reply reply) {
    return new String(Resp3.encode(reply), StandardCharsets.ISO_8859_1);
  }

  private static Reply array(Reply.Shape shape) {
    return Replies.bulks(shape, List.of(Bytes.utf8("a"), Bytes.utf8("b")));
  }

  @Test
  void shapesAreToldApart() {
    assertThat(encoded(array(Reply.Shape.LIST))).isEqualTo("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    assertThat(encoded(array(Reply.Shape.SET))).isEqualTo("~2\r\n$1\r\na\r\n$1\r\nb\r\n");
    assertThat(encoded(array(Reply.Shape.MAP))).isEqualTo("%1\r\n$1\r\na\r\n$1\r\nb\r\n");
    assertThat(encoded(array(Reply.Shape.PAIRS))).isEqualTo("*1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  }

  @Test
  void thereIsOneNil() {
    assertThat(encoded(Replies.NIL)).isEqualTo("_\r\n");
    assertThat(encoded(Replies.NIL_ARRAY)).isEqualTo("_\r\n");
    assertThat(encoded(Replies.array(List.of(Replies.NIL, Replies.ONE, Replies.OK))))
        .isEqualTo("*3\r\n_\r\n:1\r\n+OK\r\n");
    assertThat(encoded(new Reply.Failure("ERR no"))).isEqualTo("-ERR no\r\n");
    assertThat(new String(Resp3.push(List.of(Replies.ONE)), StandardCharsets.US_ASCII))
        .isEqualTo(">1\r\n:1\r\n");
  }
}
