package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineSplitterTest {
  private static final int MAX = 65_536;

  private static List<String> split(byte[]... chunks) {
    var lines = new LineSplitter();
    var found = new ArrayList<String>();
    for (byte[] chunk : chunks) {
      byte[] before = chunk.clone();
      lines.offer(chunk);
      while (add(lines, lines.next(), found)) {}
      assertThat(chunk).isEqualTo(before);
    }
    add(lines, lines.last(), found);
    assertThat(lines.isInsideLine()).isFalse();
    return found;
  }

  private static boolean add(LineSplitter lines, LineSplitter.Found what, List<String> found) {
    switch (what) {
      case LINE -> {
        byte[] line = Arrays.copyOfRange(lines.bytes(), lines.from(), lines.to());
        found.add(new String(line, UTF_8));
        boolean ascii = new String(line, UTF_8).chars().allMatch(c -> c < 128);
        assertThat(!lines.isAscii() || ascii).isTrue();
      }
      case TOO_LONG -> found.add("TOO LONG");
      case NOTHING -> {
        return false;
      }
    }
    return true;
  }

  @Test
  void cutAtEveryByteAndEveryPairOfBytes() {
    byte[] text = "{1}\r\n\n  {22} \t\n\r\n{ä3}\n{4".getBytes(UTF_8);
    var expected = List.of("{1}", "{22}", "{ä3}", "{4");
    assertThat(split(text)).isEqualTo(expected);
    for (int i = 0; i <= text.length; i++) {
      for (int j = i; j <= text.length; j++) {
        assertThat(
                split(
                    Arrays.copyOfRange(text, 0, i),
                    Arrays.copyOfRange(text, i, j),
                    Arrays.copyOfRange(text, j, text.length)))
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void byteByByte() {
    byte[] text = "{1}\n{2}\n{3}\n".getBytes(UTF_8);
    byte[][] bytes = new byte[text.length][];
    for (int i = 0; i < text.length; i++) {
      bytes[i] = new byte[] {text[i]};
    }

    assertThat(split(bytes)).containsExactly("{1}", "{2}", "{3}");
  }

  @Test
  void theLongestLineIsReadAndALongerOneIsDiscarded() {
    String longest = "x".repeat(MAX);
    byte[] text = ("a\n" + longest + "\nb\n" + longest + "y\nc\n").getBytes(UTF_8);
    for (int size : new int[] {text.length, 65_536, 65_537, 8_192, 1_000}) {
      var chunks = new ArrayList<byte[]>();
      for (int at = 0; at < text.length; at += size) {
        chunks.add(Arrays.copyOfRange(text, at, Math.min(text.length, at + size)));
      }
      assertThat(split(chunks.toArray(byte[][]::new)))
          .containsExactly("a", longest, "b", "TOO LONG", "c");
    }
  }

  @Test
  void anEndlessLineIsOneThatIsTooLong() {
    byte[] part = new byte[100_000];
    Arrays.fill(part, (byte) 'x');

    assertThat(split(part, part, part)).containsExactly("TOO LONG");
    assertThat(split(part, part, "\n{1}\n".getBytes(UTF_8))).containsExactly("TOO LONG", "{1}");
  }
}
