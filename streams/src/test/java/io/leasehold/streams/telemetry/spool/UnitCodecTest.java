package io.leasehold.streams.telemetry.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UnitCodecTest {
  private static final long ACCEPTED = 1_795_211_115_194L;

  private final Map<String, Source> sources = new HashMap<>();

  private Source source(String name) {
    return sources.computeIfAbsent(name, each -> new Source(each, new SourceCounts(each)));
  }

  /** Lines of one chunk: ordinals 0, 1, 2 ... of the texts, each with the type of its index. */
  private Lines lines(String... texts) {
    byte[] bytes = (String.join("\n", texts) + "\n").getBytes(UTF_8);
    int count = texts.length;
    int[] from = new int[count];
    int[] to = new int[count];
    long[] ts = new long[count];
    byte[] type = new byte[count];
    byte[] importance = new byte[count];
    int[] ordinal = new int[count];
    Source[] who = new Source[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      from[i] = at;
      to[i] = at + texts[i].getBytes(UTF_8).length;
      at = to[i] + 1;
      ts[i] = ACCEPTED - 1_000L * i * i + 7;
      type[i] = (byte) MessageType.values()[i % 6].ordinal();
      importance[i] = (byte) (i % 4);
      ordinal[i] = i;
      who[i] = source(i % 2 == 0 ? "even" : "ödd/\0");
    }
    return new Lines(
        new Lines.Origin(77, 5_000_000_000L, 1, 9),
        bytes,
        from,
        to,
        ts,
        type,
        importance,
        ordinal,
        who);
  }

  private static List<String> all(Lines lines) {
    var all = new ArrayList<String>();
    for (int i = 0; i < lines.size(); i++) {
      all.add(
          lines.number(i)
              + " "
              + lines.ts(i)
              + " "
              + lines.type(i)
              + " "
              + lines.importance(i)
              + " "
              + lines.source(i).name()
              + " "
              + new String(lines.bytes(), lines.from(i), lines.to(i) - lines.from(i), UTF_8));
    }
    return all;
  }

  private Lines decode(byte[] unit, String target) {
    return UnitCodec.decode(unit, target, 77, 123, this::source);
  }

  @Test
  void whatIsReadIsWhatWasStored() {
    Lines lines = lines("{\"a\":1}", "ü€𝄞", "x".repeat(65_536), "", "d", "e", "f");

    byte[] unit = UnitCodec.encode(List.of(new UnitCodec.Copies("files", lines)), ACCEPTED);
    Lines read = decode(unit, "files");

    assertThat(all(read)).isEqualTo(all(lines));
    assertThat(read.origin()).isEqualTo(77);
    assertThat(read.firstNumber()).isEqualTo(5_000_000_000L);
    assertThat(read.generation()).isEqualTo(9);
    assertThat(read.receivedNanos()).isEqualTo(123);
    assertThat(read.byteCount()).isEqualTo(lines.byteCount());
    for (int i = 0; i < read.size(); i++) {
      assertThat(read.bytes()[read.to(i)]).isEqualTo((byte) '\n'); // files are written by it
    }
    assertThat(decode(unit, "others")).isNull();
  }

  @Test
  void aLineOfSeveralTargetsStandsThereOnce() {
    Lines lines = lines("a".repeat(10_000), "b".repeat(10_000), "c".repeat(10_000));
    Lines some = lines.pick(new int[] {1}, 1, new byte[] {3});

    byte[] unit =
        UnitCodec.encode(
            List.of(
                new UnitCodec.Copies("all", lines),
                new UnitCodec.Copies("again", lines),
                new UnitCodec.Copies("some", some)),
            ACCEPTED);

    assertThat(unit.length).isBetween(30_000, 30_400);
    assertThat(all(decode(unit, "all"))).isEqualTo(all(lines));
    assertThat(all(decode(unit, "again"))).isEqualTo(all(lines));
    assertThat(all(decode(unit, "some"))).isEqualTo(all(some));
    assertThat(UnitCodec.count(unit, "some", this::source)).isEqualTo(1);
    assertThat(UnitCodec.count(unit, "none", this::source)).isZero();
  }

  @Test
  void aCopyThatWasChangedForATargetIsNobodyElses() {
    Lines lines = lines("secret 0", "secret 1", "secret 2");
    Lines redacted =
        lines.rewrite(
            new int[] {0, 2}, 2, new byte[] {2, 0}, new byte[][] {"*** 0".getBytes(UTF_8), null});
    Lines other =
        lines.rewrite(new int[] {2}, 1, new byte[0], new byte[][] {"--- 2".getBytes(UTF_8)});

    byte[] unit =
        UnitCodec.encode(
            List.of(
                new UnitCodec.Copies("redacted", redacted),
                new UnitCodec.Copies("plain", lines),
                new UnitCodec.Copies("other", other)),
            ACCEPTED);

    assertThat(all(decode(unit, "redacted"))).isEqualTo(all(redacted));
    assertThat(all(decode(unit, "plain"))).isEqualTo(all(lines));
    assertThat(all(decode(unit, "other"))).isEqualTo(all(other));
  }

  @Test
  void aLineThatOnlyOneTargetGetsInAnotherFormIsNotStoredAsItWas() {
    Lines redacted =
        lines("password=x")
            .rewrite(new int[] {0}, 1, new byte[0], new byte[][] {"***".getBytes(UTF_8)});

    byte[] unit = UnitCodec.encode(List.of(new UnitCodec.Copies("t", redacted)), ACCEPTED);

    assertThat(new String(unit, UTF_8)).contains("***").doesNotContain("password");
  }

  @Test
  void aUnitOfAnotherVersionIsRefused() {
    byte[] unit = UnitCodec.encode(List.of(new UnitCodec.Copies("t", lines("a"))), ACCEPTED);
    unit[0] = 3;

    assertThatThrownBy(() -> decode(unit, "t")).hasMessage("a unit of version 3: must be 1 or 2");
  }

  @Test
  void whatIsLeftOfAUnitIsWhatItWas() {
    Lines all = lines("a", "b", "c", "d", "e");
    Lines some = all.pick(new int[] {1, 4}, 2, new byte[0]);
    byte[] unit =
        UnitCodec.encode(
            List.of(new UnitCodec.Copies("all", all), new UnitCodec.Copies("some", some)),
            ACCEPTED);
    assertThat(UnitCodec.targets(unit)).containsExactly("all", "some");
    assertThat(UnitCodec.acceptedMillis(unit)).isEqualTo(ACCEPTED);
    assertThat(UnitCodec.weight(unit)).isEqualTo(unit.length);

    byte[] rest =
        UnitCodec.encodeRest(
            List.of(new UnitCodec.Copies("some", decode(unit, "some"))), ACCEPTED, unit.length);

    assertThat(rest.length).isLessThan(unit.length);
    assertThat(UnitCodec.weight(rest)).isEqualTo(unit.length);
    assertThat(UnitCodec.acceptedMillis(rest)).isEqualTo(ACCEPTED);
    assertThat(UnitCodec.targets(rest)).containsExactly("some");
    assertThat(decode(rest, "all")).isNull();
    assertThat(all(decode(rest, "some"))).isEqualTo(all(decode(unit, "some")));
    byte[] nothing = UnitCodec.nothing(unit.length);
    assertThat(UnitCodec.weight(nothing)).isEqualTo(unit.length);
    assertThat(UnitCodec.targets(nothing)).isEmpty();
    assertThat(decode(nothing, "some")).isNull();
  }
}
