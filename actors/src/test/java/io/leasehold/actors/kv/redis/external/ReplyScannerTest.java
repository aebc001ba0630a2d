package io.leasehold.actors.kv.redis.external;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Replies as they pass, cut at every place. */
class ReplyScannerTest {
  private static final String REPLIES =
      "+OK\r\n$5\r\n+a\r\nb\r\n-ERR +x\r\n:1\r\n*3\r\n+PONG\r\n*-1\r\n*0\r\n$-1\r\n$0\r\n\r\n"
          + "*2\r\n*1\r\n+a\r\n$2\r\n+b\r\n+QUEUED\r\n";

  private static String passed(String text, int cut, long maxBytes) {
    var channel = new EmbeddedChannel(new ReplyScanner(maxBytes));
    write(channel, text.substring(0, cut));
    write(channel, text.substring(cut));
    var out = new StringBuilder();
    for (ByteBuf each = channel.readInbound(); each != null; each = channel.readInbound()) {
      out.append(each.toString(StandardCharsets.ISO_8859_1));
      each.release();
    }
    out.append(channel.isOpen() ? "" : "closed");
    channel.close();
    return out.toString();
  }

  private static void write(EmbeddedChannel channel, String text) {
    if (channel.isOpen()) {
      channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void onlySimpleStringsAreMarked() {
    String expected =
        REPLIES
            .replace("+OK", "(OK")
            .replace("+PONG", "(PONG")
            .replace("*1\r\n+a", "*1\r\n(a")
            .replace("+QUEUED", "(QUEUED");
    for (int cut = 0; cut <= REPLIES.length(); cut++) {
      assertThat(passed(REPLIES, cut, 1_000)).as("cut at " + cut).isEqualTo(expected);
    }
  }

  @Test
  void oneReplyMayNotBeLargerThanAllowed() {
    String fits = "$10\r\n0123456789\r\n"; // 17 bytes
    for (int cut = 0; cut <= fits.length(); cut++) {
      assertThat(passed(fits + fits + fits, cut, 17)).isEqualTo(fits + fits + fits);
      assertThat(passed(fits, cut, 16)).endsWith("closed");
    }
    assertThat(passed("$99999999999999999999\r\n", 3, 1_000)).isEqualTo("$99closed");
    assertThat(passed("*2\r\n" + fits + fits, 0, 30)).isEqualTo("closed");
    assertThat(passed(fits + "*2\r\n" + fits + fits, 0, 30)).isEqualTo(fits + "closed");
    assertThat(passed(fits + "*2\r\n" + fits + fits, 19, 30)).isEqualTo(fits + "*2closed");
    assertThat(passed("*2\r\n" + fits + fits, 0, 38)).doesNotContain("closed");
  }
}
