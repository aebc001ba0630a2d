package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.telemetry.MessageType;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LineSlabTest {
  private static final Lines.Origin USUAL = new Lines.Origin(1, 100, 5, 1);

  private static Lines chunk(Lines.Origin origin, String text, int... ends) {
    int count = ends.length;
    int[] from = new int[count];
    int[] ordinal = new int[count];
    byte[] type = new byte[count];
    Source[] source = new Source[count];
    for (int i = 0; i < count; i++) {
      from[i] = i == 0 ? 0 : text.indexOf('\n', ends[i - 1]) + 1;
      ordinal[i] = i;
      type[i] = (byte) MessageType.METRIC.ordinal();
      source[i] = new Source("s", new SourceCounts("s"));
    }
    return new Lines(
        origin,
        text.getBytes(UTF_8),
        from,
        ends,
        new long[count],
        type,
        new byte[count],
        ordinal,
        source);
  }

  private static String written(Lines lines) throws Exception {
    ByteBuffer out = ByteBuffer.allocate(1 << 20);
    LineFormat.RAW.write(new Batch.Part(lines, 0, lines.size()), out, full -> {});
    return new String(out.array(), 0, out.position(), UTF_8);
  }

  @Test
  void linesOfChunksThatEndInBlanksStandOnLinesOfTheirOwn() throws Exception {
    var slab = new LineSlab();
    assertThat(slab.add(chunk(USUAL, "a\r\nb\r\n", 1, 4))).isTrue();
    assertThat(slab.add(chunk(USUAL, "c \t\n", 1))).isTrue();
    assertThat(slab.add(chunk(USUAL, "d\n", 1))).isTrue();

    assertThat(written(slab.view())).isEqualTo("a\nb\nc\nd\n");
    assertThat(written(slab.copy())).isEqualTo("a\nb\nc\nd\n");
  }

  @Test
  void onlyWhatHasItsOriginAndGenerationInCommonStandsTogether() {
    var slab = new LineSlab();
    assertThat(slab.add(chunk(USUAL, "a\n", 1))).isTrue();

    assertThat(slab.add(chunk(new Lines.Origin(2, 100, 5, 1), "b\n", 1))).isFalse();
    assertThat(slab.add(chunk(new Lines.Origin(1, 100, 5, 2), "b\n", 1))).isFalse();
    assertThat(slab.add(chunk(new Lines.Origin(1, 100 + (1L << 31), 5, 1), "b\n", 1))).isFalse();
    assertThat(slab.add(chunk(new Lines.Origin(1, 90, 9, 1), "b\n", 1))).isTrue();

    assertThat(slab.view().number(0)).isEqualTo(100);
    assertThat(slab.view().number(1)).isEqualTo(90);
    assertThat(slab.receivedNanos()).isEqualTo(5);
  }

  @Test
  void whatSomebodyWaitsForOrMayHaveBeenDeliveredStaysAlone() {
    assertThat(LineSlab.isFor(chunk(USUAL, "a\n", 1))).isTrue();
    assertThat(LineSlab.isFor(chunk(new Lines.Origin(1, 1, 1, 1, d -> {}, false), "a\n", 1)))
        .isFalse();
    assertThat(LineSlab.isFor(chunk(USUAL, "a\n", 1).afterRestart())).isFalse();
  }

  @Test
  void shortLinesDoNotKeepWhatIsMadeForLongOnes() {
    var slab = new LineSlab();
    String text = "0123456789\n".repeat(1_000);
    int[] ends = new int[1_000];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = 11 * i + 10;
    }
    int added = 0;
    while (slab.add(chunk(USUAL, text, ends))) {
      added += 1_000;
    }

    assertThat(added).isEqualTo(4_000);
    assertThat(slab.isNearlyFull()).isFalse();
    assertThat(slab.copy().bytes()).hasSize(added * 11);
  }
}
