package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Change;
import io.leasehold.domain.telemetry.Decision;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.spool.SpoolFeed;
import io.leasehold.streams.telemetry.spool.Submission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the accepted messages of one chunk, and who gets which. Its arrays are used again for
 * the next chunk; what {@link #finish} hands out are arrays of their own. Not thread safe.
 */
final class ChunkCopies {
  private static final int LINES = 512;
  private static final byte[] AS_IT_IS = new byte[0];

  /** The lines of one target. */
  record Handover(Target target, Lines lines) {
    Submission.Copies forSpool() {
      SpoolFeed feed = target.feed();
      if (feed == null) {
        throw new IllegalStateException(target.name() + ": has no place in the spool");
      }
      return new Submission.Copies(feed, lines);
    }
  }

  /** Which lines a target gets, and what is different about its copies. */
  private static final class Copies {
    int[] line = new int[LINES];
    byte[] importance = new byte[LINES];
    byte[] @Nullable [] changed = new byte[LINES][];
    int count;
    boolean otherImportance;
    boolean anyChanged;

    void add(int index, byte worth, boolean other, byte @Nullable [] bytes) {
      if (count == line.length) {
        line = Arrays.copyOf(line, 2 * count);
        importance = Arrays.copyOf(importance, 2 * count);
        changed = Arrays.copyOf(changed, 2 * count);
      }
      line[count] = index;
      importance[count] = worth;
      changed[count] = bytes;
      otherImportance |= other;
      anyChanged |= bytes != null;
      count++;
    }

    void clear() {
      if (anyChanged) {
        Arrays.fill(changed, 0, count, null);
      }
      count = 0;
      otherImportance = false;
      anyChanged = false;
    }
  }

  private int[] from = new int[LINES];
  private int[] to = new int[LINES];
  private long[] ts = new long[LINES];
  private byte[] type = new byte[LINES];
  private byte[] importance = new byte[LINES];
  private Source[] source = new Source[LINES];
  private int count;
  private Copies[] copies = new Copies[0];
  private int fanout;

  /** Messages since the last {@link #finish}. */
  int count() {
    return count;
  }

  /** Copies beyond the first of each. */
  int fanout() {
    return fanout;
  }

  /** One message with at least one target, as {@code reader} has just read it. */
  void add(MessageReader reader, byte[] bytes, int first, int last, Source who, Decision where) {
    if (count == from.length) {
      grow();
    }
    int index = count++;
    byte worth = (byte) reader.importance();
    from[index] = first;
    to[index] = last;
    ts[index] = reader.ts();
    type[index] = (byte) reader.type().ordinal();
    importance[index] = worth;
    source[index] = who;
    int targets = where.size();
    fanout += targets - 1;
    for (int i = 0; i < targets; i++) {
      Copies of = copiesOf(where.target(i));
      if (where.isPlain()) {
        of.add(index, worth, false, null);
      } else {
        int other = where.importance(i);
        Change change = where.change(i);
        of.add(
            index,
            other < 0 ? worth : (byte) other,
            other >= 0,
            change == null ? null : change.apply(reader, bytes));
      }
    }
  }

  private Copies copiesOf(int target) {
    if (target >= copies.length) {
      int before = copies.length;
      copies = Arrays.copyOf(copies, target + 1);
      for (int i = before; i <= target; i++) {
        copies[i] = new Copies();
      }
    }
    return copies[target];
  }

  private void grow() {
    int size = 2 * count;
    from = Arrays.copyOf(from, size);
    to = Arrays.copyOf(to, size);
    ts = Arrays.copyOf(ts, size);
    type = Arrays.copyOf(type, size);
    importance = Arrays.copyOf(importance, size);
    source = Arrays.copyOf(source, size);
  }

  /**
   * Hands out what was collected, at least one message, and starts anew.
   *
   * @param bytes that the lines lie in
   */
  List<Handover> finish(Lines.Origin origin, byte[] bytes, List<Target> targets) {
    int[] ordinal = new int[count];
    for (int i = 0; i < count; i++) {
      ordinal[i] = i;
    }
    Lines all =
        new Lines(
            origin,
            bytes,
            Arrays.copyOf(from, count),
            Arrays.copyOf(to, count),
            Arrays.copyOf(ts, count),
            Arrays.copyOf(type, count),
            Arrays.copyOf(importance, count),
            ordinal,
            Arrays.copyOf(source, count));
    List<Handover> handovers = new ArrayList<>(2);
    for (int i = 0; i < copies.length; i++) {
      Copies each = copies[i];
      if (each.count > 0) {
        handovers.add(new Handover(targets.get(i), lines(all, each)));
        each.clear();
      }
    }
    Arrays.fill(source, 0, count, null);
    count = 0;
    fanout = 0;
    return handovers;
  }

  private Lines lines(Lines all, Copies some) {
    if (some.anyChanged) {
      return all.rewrite(some.line, some.count, some.importance, some.changed);
    }
    boolean whole = some.count == count && !some.otherImportance;
    return whole && all.isDense()
        ? all
        : all.pick(some.line, some.count, some.otherImportance ? some.importance : AS_IT_IS);
  }
}
