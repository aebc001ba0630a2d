package io.leasehold.streams.telemetry.spool;

import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the accepted lines of one chunk are stored, with who gets which: a unit. A line that several
 * targets get stands there once, beside the copies that were changed for one of them. Columns first
 * and the text behind them, so that lines are read back without being copied.
 *
 * <p>A unit of version 2 has lost some of its copies, and begins with the bytes it had before.
 *
 * <p>{@code version, [weight,] accepted, first number, generation, sources, records (ordinal, ts,
 * type, source, length), targets (name, copies (record, importance, own length or 0)), text}
 */
final class UnitCodec {
  private static final int WHOLE = 1;
  private static final int THINNED = 2;
  private static final int OWN_TEXT = 4;
  private static final int IMPORTANCE = 3;

  private UnitCodec() {}

  /** The lines that one target gets of a chunk. */
  record Copies(String target, Lines lines) {}

  /** Encodes what came in one chunk: all of {@code copies} have the same origin. */
  static byte[] encode(List<Copies> copies, long acceptedMillis) {
    return new Encoding(copies).encode(acceptedMillis, 0);
  }

  /** Encodes what is left of a unit that had {@code weight} bytes, at least one copy. */
  static byte[] encodeRest(List<Copies> copies, long acceptedMillis, long weight) {
    return new Encoding(copies).encode(acceptedMillis, weight);
  }

  /** A unit that had {@code weight} bytes, and is for nobody any more. */
  static byte[] nothing(long weight) {
    var out = new UnitBytes.Writer(16);
    out.one(THINNED);
    out.number(weight);
    for (int i = 0; i < 6; i++) { // accepted, first number, generation; nothing of the rest
      out.number(0);
    }
    return out.bytes();
  }

  /** Bytes a unit had when it was committed. */
  static long weight(byte[] unit) {
    return unit[0] == THINNED ? begin(unit).weight : unit.length;
  }

  /** Wall clock, in milliseconds, of the unit's acceptance. */
  static long acceptedMillis(byte[] unit) {
    return begin(unit).in.number();
  }

  /** Who gets something of a unit. */
  static List<String> targets(byte[] unit) {
    UnitBytes.Reader in = begin(unit).in;
    for (int i = 0; i < 3; i++) {
      in.number();
    }
    int sources = (int) in.number();
    for (int i = 0; i < sources; i++) {
      in.text();
    }
    int records = (int) in.number();
    for (int i = 0; i < records; i++) {
      in.number();
      in.signed();
      in.one();
      in.number();
      in.number();
    }
    List<String> names = new ArrayList<>();
    int targets = (int) in.number();
    for (int i = 0; i < targets; i++) {
      names.add(in.text());
      int copies = (int) in.number();
      for (int j = 0; j < copies; j++) {
        in.number();
        if ((in.one() & OWN_TEXT) != 0) {
          in.number();
        }
      }
    }
    return names;
  }

  /** What stands before everything else; {@code in} is behind it. */
  private record Beginning(UnitBytes.Reader in, long weight) {}

  private static Beginning begin(byte[] unit) {
    var in = new UnitBytes.Reader(unit);
    int version = in.one();
    if (version != WHOLE && version != THINNED) {
      throw new IllegalArgumentException(
          "a unit of version " + version + ": must be " + WHOLE + " or " + THINNED);
    }
    return new Beginning(in, version == THINNED ? in.number() : unit.length);
  }

  /** One encoding; the records are the distinct lines, in the order they came. */
  private static final class Encoding {
    private final List<Copies> copies;
    private final int[] recordOf;
    private final Lines[] holder;
    private final int[] place;
    private final int records;

    Encoding(List<Copies> copies) {
      this.copies = copies;
      int ordinals = 0;
      for (Copies each : copies) {
        Lines lines = each.lines;
        ordinals = Math.max(ordinals, ordinal(lines, lines.size() - 1) + 1);
      }
      Lines[] holders = new Lines[ordinals];
      int[] places = new int[ordinals];
      for (Copies each : copies) {
        for (int i = 0; i < each.lines.size(); i++) {
          int ordinal = ordinal(each.lines, i);
          if (holders[ordinal] == null) {
            holders[ordinal] = each.lines;
            places[ordinal] = i;
          }
        }
      }
      recordOf = new int[ordinals];
      int count = 0;
      for (int i = 0; i < ordinals; i++) {
        if (holders[i] != null) {
          recordOf[i] = count;
          holders[count] = holders[i];
          places[count] = places[i];
          count++;
        }
      }
      holder = holders;
      place = places;
      records = count;
    }

    private static int ordinal(Lines lines, int line) {
      return (int) (lines.number(line) - lines.firstNumber());
    }

    /** A weight of 0 is that of what is encoded. */
    byte[] encode(long acceptedMillis, long weight) {
      Lines first = copies.get(0).lines;
      int text = 0;
      for (int i = 0; i < records; i++) {
        text += holder[i].length(place[i]);
      }
      var out = new UnitBytes.Writer(text + 20 * records + 256);
      out.one(weight == 0 ? WHOLE : THINNED);
      if (weight > 0) {
        out.number(weight);
      }
      out.number(acceptedMillis);
      out.number(first.firstNumber());
      out.number(first.generation());
      columns(out, acceptedMillis);
      out.number(copies.size());
      for (Copies each : copies) {
        target(out, each);
      }
      for (int i = 0; i < records; i++) {
        line(out, holder[i], place[i]);
      }
      for (Copies each : copies) {
        for (int i = 0; i < each.lines.size(); i++) {
          if (isOwn(each.lines, i)) {
            line(out, each.lines, i);
          }
        }
      }
      return out.bytes();
    }

    private void columns(UnitBytes.Writer out, long acceptedMillis) {
      Map<Source, Integer> sources = new HashMap<>();
      int[] sourceOf = new int[records];
      for (int i = 0; i < records; i++) {
        Source source = holder[i].source(place[i]);
        Integer known = sources.putIfAbsent(source, sources.size());
        sourceOf[i] = known == null ? sources.size() - 1 : known;
      }
      String[] names = new String[sources.size()];
      sources.forEach((source, index) -> names[index] = source.name());
      out.number(names.length);
      for (String each : names) {
        out.text(each);
      }
      out.number(records);
      for (int i = 0; i < records; i++) {
        Lines lines = holder[i];
        int line = place[i];
        out.number(ordinal(lines, line));
        out.signed(lines.ts(line) - acceptedMillis);
        out.one(lines.type(line).wire().charAt(0)); // all seven begin differently
        out.number(sourceOf[i]);
        out.number(lines.length(line));
      }
    }

    private void target(UnitBytes.Writer out, Copies each) {
      Lines lines = each.lines;
      out.text(each.target);
      out.number(lines.size());
      for (int i = 0; i < lines.size(); i++) {
        boolean own = isOwn(lines, i);
        out.number(recordOf[ordinal(lines, i)]);
        out.one(lines.importance(i) | (own ? OWN_TEXT : 0));
        if (own) {
          out.number(lines.length(i));
        }
      }
    }

    private boolean isOwn(Lines lines, int line) {
      int record = recordOf[ordinal(lines, line)];
      Lines base = holder[record];
      int at = place[record];
      if (base == lines && at == line) {
        return false;
      }
      return !Arrays.equals(
          base.bytes(),
          base.from(at),
          base.to(at),
          lines.bytes(),
          lines.from(line),
          lines.to(line));
    }

    private static void line(UnitBytes.Writer out, Lines lines, int line) {
      out.raw(lines.bytes(), lines.from(line), lines.to(line));
      out.one('\n');
    }
  }

  /**
   * What a target gets of a unit.
   *
   * @param origin first half of the ingest ids
   * @param receivedNanos when the lines count as received, on this run's clock
   * @return null if it gets nothing
   */
  static @Nullable Lines decode(
      byte[] unit,
      String target,
      long origin,
      long receivedNanos,
      Function<String, Source> sources) {
    UnitBytes.Reader in = begin(unit).in;
    long accepted = in.number();
    var common = new Lines.Origin(origin, in.number(), receivedNanos, (int) in.number());
    Source[] names = new Source[(int) in.number()];
    for (int i = 0; i < names.length; i++) {
      names[i] = sources.apply(in.text());
    }
    int records = (int) in.number();
    int[] ordinal = new int[records];
    long[] ts = new long[records];
    byte[] type = new byte[records];
    Source[] source = new Source[records];
    int[] length = new int[records];
    for (int i = 0; i < records; i++) {
      ordinal[i] = (int) in.number();
      ts[i] = accepted + in.signed();
      type[i] = (byte) typeOf(in.one()).ordinal();
      source[i] = names[(int) in.number()];
      length[i] = (int) in.number();
    }
    Wanted wanted = wanted(in, target);
    if (wanted == null) {
      return null;
    }
    int[] begin = new int[records];
    int at = in.position();
    for (int i = 0; i < records; i++) {
      begin[i] = at;
      at += length[i];
    }
    return wanted.lines(common, unit, ordinal, ts, type, source, begin, length, at);
  }

  /** How many copies a target gets of a unit. */
  static int count(byte[] unit, String target, Function<String, Source> sources) {
    Lines lines = decode(unit, target, 0, 0, sources);
    return lines == null ? 0 : lines.size();
  }

  private static MessageType typeOf(int letter) {
    return switch (letter) {
      case 'e' -> MessageType.EVENT;
      case 'm' -> MessageType.METRIC;
      case 'p' -> MessageType.PROGRESS;
      case 'r' -> MessageType.RESOURCE;
      case 's' -> MessageType.SPAN;
      case 'h' -> MessageType.HEARTBEAT;
      case 't' -> MessageType.TRACE;
      default -> throw new IllegalArgumentException("a record of type " + letter);
    };
  }

  /** Leaves {@code in} behind all targets. */
  private static @Nullable Wanted wanted(UnitBytes.Reader in, String target) {
    Wanted found = null;
    int ownBytes = 0;
    int targets = (int) in.number();
    for (int i = 0; i < targets; i++) {
      boolean here = in.text().equals(target);
      var copies = new Wanted((int) in.number(), ownBytes);
      for (int j = 0; j < copies.record.length; j++) {
        copies.record[j] = (int) in.number();
        int worth = in.one();
        copies.importance[j] = (byte) (worth & IMPORTANCE);
        copies.own[j] = (worth & OWN_TEXT) == 0 ? 0 : (int) in.number();
        ownBytes += copies.own[j];
      }
      if (here) {
        found = copies;
      }
    }
    return found;
  }

  /** The copies of one target. */
  private static final class Wanted {
    final int[] record;
    final byte[] importance;
    final int[] own;

    /** Bytes of own texts of the targets before. */
    final int ownBefore;

    Wanted(int count, int ownBefore) {
      this.record = new int[count];
      this.importance = new byte[count];
      this.own = new int[count];
      this.ownBefore = ownBefore;
    }

    Lines lines(
        Lines.Origin common,
        byte[] unit,
        int[] ordinals,
        long[] stamps,
        byte[] types,
        Source[] sources,
        int[] begin,
        int[] length,
        int ownBegin) {
      int count = record.length;
      int[] from = new int[count];
      int[] to = new int[count];
      long[] ts = new long[count];
      byte[] type = new byte[count];
      int[] ordinal = new int[count];
      Source[] source = new Source[count];
      int at = ownBegin + ownBefore;
      for (int i = 0; i < count; i++) {
        int r = record[i];
        from[i] = own[i] > 0 ? at : begin[r];
        to[i] = from[i] + (own[i] > 0 ? own[i] : length[r]) - 1;
        at += own[i];
        ts[i] = stamps[r];
        type[i] = types[r];
        ordinal[i] = ordinals[r];
        source[i] = sources[r];
      }
      return new Lines(common, unit, from, to, ts, type, importance, ordinal, source);
    }
  }
}
