package io.leasehold.streams.telemetry.spool;

import io.leasehold.streams.telemetry.backend.Batch;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The units that a target was given and has not settled, in their order. For one thread at a time:
 * the feed holds its lock.
 */
final class OpenUnits {
  /** With those behind it that were not for the target. */
  private static final class Given {
    final long sequence;
    final long copies;
    long left;
    long endSequence;
    long endBytes;

    Given(long sequence, long copies, long left, long endSequence, long endBytes) {
      this.sequence = sequence;
      this.copies = copies;
      this.left = left;
      this.endSequence = endSequence;
      this.endBytes = endBytes;
    }
  }

  private final ArrayDeque<Given> open = new ArrayDeque<>();
  private final Map<Long, Given> byFirstNumber = new HashMap<>();

  boolean isEmpty() {
    return open.isEmpty();
  }

  /**
   * Adds a unit.
   *
   * @param firstNumber by which its copies are known
   * @param endSequence where the next unit begins
   * @param endBytes of all units before that
   */
  void add(long sequence, long firstNumber, long copies, long endSequence, long endBytes) {
    var unit = new Given(sequence, copies, copies, endSequence, endBytes);
    open.addLast(unit);
    byFirstNumber.put(firstNumber, unit);
  }

  /** Adds copies that nobody will settle: they are lost already. */
  void addLost(long sequence, long copies, long endSequence, long endBytes) {
    open.addLast(new Given(sequence, copies, 0, endSequence, endBytes));
  }

  /** The last one ends later: what came behind it was not for the target. */
  void extend(long endSequence, long endBytes) {
    open.getLast().endSequence = endSequence;
    open.getLast().endBytes = endBytes;
  }

  /** Copies have come to their end. Returns how many of them were given. */
  long settle(Batch batch) {
    long settled = 0;
    for (Batch.Part part : batch.parts()) {
      long first = part.lines().firstNumber();
      Given unit = byFirstNumber.get(first);
      if (unit != null) {
        int copies = part.to() - part.from();
        unit.left -= copies;
        settled += copies;
        if (unit.left == 0) {
          byFirstNumber.remove(first);
        }
      }
    }
    return settled;
  }

  /** Takes out the first ones that are settled; returns where the target is then. */
  Cursor pass(Cursor from) {
    Cursor at = from;
    while (!open.isEmpty() && open.getFirst().left == 0) {
      at = after(at, open.removeFirst());
    }
    return at;
  }

  /** Takes out all; those under way can be settled still. */
  Cursor passAll(Cursor from) {
    Cursor at = from;
    while (!open.isEmpty()) {
      at = after(at, open.removeFirst());
    }
    return at;
  }

  private static Cursor after(Cursor at, Given unit) {
    return new Cursor(unit.endSequence, unit.endBytes, at.copies() + unit.copies);
  }

  /** Copies that were given and are not settled. */
  long underWay() {
    long given = 0;
    for (Given each : byFirstNumber.values()) {
      given += each.left;
    }
    return given;
  }

  /** The units that a batch is made of, from its first to its last; null if none is open. */
  KeptBatches.@Nullable Range rangeOf(Batch batch) {
    long from = Long.MAX_VALUE;
    long to = 0;
    for (Batch.Part part : batch.parts()) {
      Given unit = byFirstNumber.get(part.lines().firstNumber());
      if (unit != null) {
        from = Math.min(from, unit.sequence);
        to = Math.max(to, unit.sequence + 1);
      }
    }
    return from < to ? new KeptBatches.Range(from, to) : null;
  }
}
