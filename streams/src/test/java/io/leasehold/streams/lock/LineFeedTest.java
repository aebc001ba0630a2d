package io.leasehold.streams.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.streams.lock.wire.WireError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineFeedTest {
  private static final byte[] TEXT = "one\r\n\ntwo\nthree".getBytes(StandardCharsets.UTF_8);

  private static List<String> drain(LineFeed feed, boolean end) {
    var lines = new ArrayList<String>();
    while (true) {
      LineFeed.Found found = feed.next();
      if (found == LineFeed.Found.NOTHING) {
        found = end ? feed.last() : found;
        if (found == LineFeed.Found.NOTHING) {
          return lines;
        }
        end = false;
      }
      lines.add(
          found == LineFeed.Found.TOO_LONG
              ? "TOO LONG"
              : new String(
                  feed.bytes(), feed.from(), feed.to() - feed.from(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void linesAreTheSameWhereverTheChunksAreCut() {
    for (int one = 0; one <= TEXT.length; one++) {
      for (int two = one; two <= TEXT.length; two++) {
        var feed = new LineFeed();
        var lines = new ArrayList<String>();
        feed.offer(Arrays.copyOfRange(TEXT, 0, one));
        lines.addAll(drain(feed, false));
        feed.offer(Arrays.copyOfRange(TEXT, one, two));
        lines.addAll(drain(feed, false));
        feed.offer(Arrays.copyOfRange(TEXT, two, TEXT.length));
        lines.addAll(drain(feed, true));
        assertThat(lines).as(one + ", " + two).containsExactly("one", "", "two", "three");
      }
    }
  }

  @Test
  void aLineOfTheLimitPassesAndOneByteMoreDoesNot() {
    for (int extra = 0; extra <= 1; extra++) {
      int length = WireError.MAX_LINE_BYTES + extra;
      byte[] line = new byte[length + 3];
      Arrays.fill(line, (byte) 'x');
      line[length] = '\n';
      line[length + 2] = '\n';
      for (int chunk : new int[] {line.length, 1_000, 65_536, 65_537}) {
        var feed = new LineFeed();
        var lines = new ArrayList<String>();
        for (int at = 0; at < line.length; at += chunk) {
          feed.offer(Arrays.copyOfRange(line, at, Math.min(line.length, at + chunk)));
          lines.addAll(drain(feed, false));
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).length()).isEqualTo(extra == 0 ? length : "TOO LONG".length());
        assertThat(lines.get(1)).isEqualTo("x");
      }
    }
  }

  @Test
  void anEndlessLineIsNotKept() {
    var feed = new LineFeed();
    byte[] chunk = new byte[100_000];
    Arrays.fill(chunk, (byte) 'x');
    for (int i = 0; i < 100; i++) {
      feed.offer(chunk);
      assertThat(drain(feed, false)).isEmpty();
    }
    assertThat(feed.isInsideLine()).isTrue();
    feed.offer("\nok\n".getBytes(StandardCharsets.UTF_8));
    assertThat(drain(feed, false)).containsExactly("TOO LONG", "ok");
  }
}
