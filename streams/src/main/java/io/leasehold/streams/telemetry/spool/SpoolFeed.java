package io.leasehold.streams.telemetry.spool;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Lines;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one target through the spool: what it was given, what it has settled. While it keeps
 * up it gets each unit from memory as it is committed; when it has no room it lags, and is given
 * what it lacks from the disk. Units are given in their order. Safe for any thread; holds its own
 * lock while it calls its receiver.
 */
public final class SpoolFeed {
  /** The buffer of the target. None of its calls may come back to the feed. */
  public interface Receiver {
    /** Takes lines in if there is room. */
    boolean take(Lines lines, Cut cut);

    /** Nothing more comes of a batch whose {@link Cut#END} is awaited. */
    void endBatch();

    /** Whether there is room for more. */
    boolean hasRoom();

    /** Removes and drops what waits, as lost to a full spool. */
    Batch giveUp();

    /** Copies that were in memory no longer are, but on disk: {@code sign} -1; or the opposite. */
    void inMemory(Lines lines, int sign);

    /** Copies that nobody has read again are lost. */
    void lost(DropReason reason, long copies);
  }

  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  static final long READ_BYTES = 256 << 10;

  private final String target;
  private final SpoolFeeds spool;
  private final Receiver receiver;

  /** What is before it was stored before this feed, and may have been delivered then. */
  private final long startSequence;

  private final ReentrantLock lock = new ReentrantLock();
  private final OpenUnits open = new OpenUnits();
  private final KeptBatches kept;
  private long givenSequence;
  private long givenBytes;
  private long tailSequence;
  private long tailBytes;
  private Cursor cursor;

  /** Copies of all units that are committed; changed by the committing thread alone. */
  private long routed;

  private long outstanding;
  private boolean paused;
  private boolean closed;

  /** A restart begins there, or behind it. */
  private volatile long storedSequence;

  /**
   * Begins where the cursor is.
   *
   * @param routed copies up to {@code tail}
   * @param kept batches that must come again as they were
   */
  SpoolFeed(
      String target,
      SpoolFeeds spool,
      Receiver receiver,
      Cursor cursor,
      Tail tail,
      long routed,
      KeptBatches kept) {
    this.kept = kept;
    this.target = target;
    this.spool = spool;
    this.receiver = receiver;
    this.cursor = cursor;
    this.storedSequence = cursor.sequence();
    this.givenSequence = cursor.sequence();
    this.givenBytes = cursor.bytes();
    this.tailSequence = tail.sequence();
    this.startSequence = tail.sequence();
    this.tailBytes = tail.bytes();
    this.routed = routed;
    this.outstanding = routed - cursor.copies();
    advanceOverNothing();
  }

  /** With no copy left there is nothing to read on the way to the end. */
  private void advanceOverNothing() {
    if (outstanding == 0 && open.isEmpty() && givenSequence < tailSequence) {
      givenSequence = tailSequence;
      givenBytes = tailBytes;
      cursor = new Cursor(tailSequence, tailBytes, routed);
    }
  }

  private <T> T locked(Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      lock.unlock();
    }
  }

  String target() {
    return target;
  }

  /** Whose numbers the lines have. */
  public long origin() {
    return spool.origin();
  }

  /** Puts into a group that so many more copies are in it, or so many fewer on the disk. */
  void store(SpoolStore.Group group, long copies) throws SpoolException {
    Cursor at;
    long before;
    lock.lock();
    try {
      at = cursor;
      before = routed;
    } finally {
      lock.unlock();
    }
    if (before == 0) {
      group.cursor(target, at); // before it nothing is for this target
    }
    group.routed(target, before + copies);
  }

  Cursor cursor() {
    return locked(() -> cursor);
  }

  /** Copies that are in the spool and not settled. */
  public long outstanding() {
    return locked(() -> outstanding);
  }

  /** Whether more will come without anything new: it lags, and is not paused. */
  public boolean isGiving() {
    return locked(() -> !paused && !closed && givenSequence < tailSequence);
  }

  /** A unit is on the disk. {@code lines} are those for this target, null = none. */
  void committed(long sequence, long bytes, @Nullable Lines lines) {
    lock.lock();
    try {
      boolean keptUp = givenSequence == sequence && !paused;
      tailSequence = sequence + 1;
      tailBytes += bytes;
      routed += lines == null ? 0 : lines.size();
      if (closed) {
        if (lines != null) {
          receiver.inMemory(lines, -1);
          receiver.lost(DropReason.BACKEND_REMOVED, lines.size());
        }
        return;
      }
      if (lines != null) {
        outstanding += lines.size();
      }
      if (keptUp && (lines == null || receiver.take(lines, kept.cutAt(sequence)))) {
        given(sequence, bytes, lines);
      } else if (lines != null) {
        receiver.inMemory(lines, -1);
      }
    } finally {
      lock.unlock();
    }
  }

  private void given(long sequence, long bytes, @Nullable Lines lines) {
    givenSequence = sequence + 1;
    givenBytes += bytes;
    if (lines == null && kept.cutAt(sequence) == Cut.END) {
      receiver.endBatch(); // what it ended with was given up
    }
    if (lines != null) {
      open.add(sequence, lines.firstNumber(), lines.size(), givenSequence, givenBytes);
    } else if (open.isEmpty()) {
      cursor = new Cursor(givenSequence, givenBytes, cursor.copies());
    } else {
      open.extend(givenSequence, givenBytes);
    }
  }

  /** Copies have come to their end: delivered, dropped or dead letters. */
  public void settled(Batch batch) {
    lock.lock();
    try {
      outstanding -= open.settle(batch);
      cursor = open.pass(cursor);
      advanceOverNothing();
    } finally {
      lock.unlock();
    }
    spool.advanced();
  }

  /**
   * Remembers, until its position on the disk has passed them, that these went into a batch
   * together: after a restart they come as {@link Cut#INSIDE} and {@link Cut#END}. On the disk when
   * it returns; waits for that.
   *
   * @param batch a whole one
   */
  public void keep(Batch batch) throws SpoolException {
    KeptBatches.Range range;
    lock.lock();
    try {
      range = closed ? null : open.rangeOf(batch);
    } finally {
      lock.unlock();
    }
    if (range != null) {
      kept.keep(range);
    }
  }

  /** Whether something is on the disk that the target has room for. */
  boolean wantsMore() {
    return locked(() -> !paused && !closed && givenSequence < tailSequence && receiver.hasRoom());
  }

  /** Gives what comes next on the disk; true if there was something, and room. */
  boolean readOn() throws SpoolException {
    long from;
    long to;
    lock.lock();
    try {
      from = givenSequence;
      to = tailSequence;
    } finally {
      lock.unlock();
    }
    List<StoredUnit> units = spool.read(from, to);
    if (units.isEmpty()) {
      missing(from, to);
      return false;
    }
    boolean any = false;
    for (StoredUnit each : units) {
      Lines stored = spool.decode(each.unit(), target);
      boolean isOld = each.sequence() < startSequence;
      Lines lines = stored != null && isOld ? stored.afterRestart() : stored;
      lock.lock();
      try {
        if (paused || closed || givenSequence != each.sequence()) {
          return any; // it was given up meanwhile
        }
        if (lines != null) {
          receiver.inMemory(lines, 1);
          if (!receiver.take(lines, kept.cutAt(each.sequence()))) {
            receiver.inMemory(lines, -1);
            return any;
          }
        }
        given(each.sequence(), each.weight(), lines);
        any = true;
      } finally {
        lock.unlock();
      }
    }
    return any;
  }

  /** Records that must be there are not: somebody has deleted files. */
  private void missing(long from, long to) {
    lock.lock();
    try {
      if (givenSequence == from && tailSequence == to && !closed) {
        long lost = outstanding - open.underWay();
        LOG.error("spool: {} records for {} are missing", lost, target);
        receiver.lost(DropReason.SPOOL_ERROR, lost);
        outstanding -= lost;
        givenSequence = tailSequence;
        givenBytes = tailBytes;
        open.addLost(from, lost, tailSequence, tailBytes);
        cursor = open.pass(cursor);
        receiver.endBatch();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives up the oldest records, in memory and on the disk, until the cursor has passed so many
   * bytes. What is just being delivered goes on, but is no longer kept.
   */
  void giveUp(long untilBytes) throws SpoolException {
    settled(receiver.giveUp());
    lock.lock();
    try {
      cursor = open.passAll(cursor);
      while (cursor.bytes() < untilBytes && givenSequence < tailSequence) {
        List<StoredUnit> units = spool.read(givenSequence, tailSequence);
        if (units.isEmpty()) {
          return;
        }
        for (StoredUnit each : units) {
          if (cursor.bytes() >= untilBytes) {
            return;
          }
          Lines lines = spool.decode(each.unit(), target);
          int copies = lines == null ? 0 : lines.size();
          givenSequence = each.sequence() + 1;
          givenBytes += each.weight();
          cursor = new Cursor(givenSequence, givenBytes, cursor.copies() + copies);
          outstanding -= copies;
          receiver.lost(DropReason.SPOOL_FULL, copies);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Up to where it was given everything. */
  Place given() {
    return locked(() -> new Place(givenSequence, givenBytes));
  }

  /**
   * Whether its copies in a unit are only on the disk, to be given still, and may be fewer then.
   */
  boolean isToGet(long sequence) {
    return locked(() -> !closed && givenSequence <= sequence && kept.cutAt(sequence) == Cut.FREE);
  }

  /** This position is on the disk. */
  void stored(Cursor at) {
    storedSequence = at.sequence();
    kept.passed(storedSequence);
  }

  /** Units before it will not be asked for, not after a crash either. */
  long storedSequence() {
    return storedSequence;
  }

  /** Copies that it was to get are off the disk. */
  void gaveUp(long copies) {
    lock.lock();
    try {
      if (!closed) {
        routed -= copies;
        outstanding -= copies;
        receiver.lost(DropReason.SPOOL_FULL, copies);
        advanceOverNothing();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives nothing more: what is left stays for the next run. */
  public void pause() {
    lock.lock();
    try {
      paused = true;
    } finally {
      lock.unlock();
    }
  }

  /** The target is gone: what it was not given is lost, and the spool forgets it. */
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      long given = open.underWay();
      receiver.lost(DropReason.BACKEND_REMOVED, outstanding - given);
      outstanding = given;
    } finally {
      lock.unlock();
    }
    spool.forget(this);
  }
}
