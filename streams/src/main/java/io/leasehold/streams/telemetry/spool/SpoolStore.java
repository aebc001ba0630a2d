package io.leasehold.streams.telemetry.spool;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Units by their sequence, and what is known beside them, in RocksDB: a group is one write batch in
 * its log and one sync of that; all or nothing of a group is there after a crash. Every call waits
 * for the disk. One thread writes groups; reading, cursors and deletion may be on others.
 *
 * <p>Units come in ascending order and are deleted from the front, so their files are never merged:
 * whole ones go, and what is delivered before its memory table is full is never written twice.
 */
final class SpoolStore implements AutoCloseable {
  private static final long MIB = 1 << 20;
  private static final byte[] UNITS = {'u'};
  private static final long FORMAT = 1;

  private final RocksDB db;
  private final DBOptions options;
  private final ColumnFamilyOptions unitOptions;
  private final ColumnFamilyOptions stateOptions;
  private final ColumnFamilyHandle state;
  private final ColumnFamilyHandle units;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions unsynced = new WriteOptions();
  private final FileStore fileStore;
  private final long origin;
  private final long repairedBytes;
  private long deletedBelow;

  private SpoolStore(
      Path dir,
      RocksDB db,
      DBOptions options,
      ColumnFamilyOptions unitOptions,
      ColumnFamilyOptions stateOptions,
      List<ColumnFamilyHandle> families,
      long freshOrigin)
      throws RocksDBException, IOException {
    this.db = db;
    this.options = options;
    this.unitOptions = unitOptions;
    this.stateOptions = stateOptions;
    this.state = families.get(0);
    this.units = families.get(1);
    this.fileStore = Files.getFileStore(dir);
    this.repairedBytes = StoreLog.cutBytes(dir);
    byte[] meta = db.get(state, StateKeys.META);
    if (meta == null) {
      db.put(state, synced, StateKeys.META, StateKeys.longs(FORMAT, freshOrigin));
      this.origin = freshOrigin;
    } else {
      long[] known = StateKeys.longs(meta);
      if (known[0] != FORMAT) {
        throw new IOException("format " + known[0] + " of the spool: must be " + FORMAT);
      }
      this.origin = known[1];
    }
  }

  /**
   * Opens or makes it. What a crash left half written at the end is cut.
   *
   * @param library directory to which the library of RocksDB is unpacked
   * @param freshOrigin of ingest ids, if it is new
   * @throws SpoolException if another process has it, or it cannot be read
   */
  static SpoolStore open(Path dir, Path library, long freshOrigin) throws SpoolException {
    RocksLibrary.load(library);
    var options =
        new DBOptions()
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            // a torn tail is cut; anything else that is broken refuses to open
            .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
            .setMaxTotalWalSize(64 * MIB)
            .setMaxOpenFiles(64)
            .setMaxBackgroundJobs(2)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(3)
            .setMaxLogFileSize(4 * MIB);
    var unitOptions =
        new ColumnFamilyOptions()
            .setWriteBufferSize(16 * MIB)
            .setMaxWriteBufferNumber(3)
            .setTargetFileSizeBase(16 * MIB)
            .setCompressionType(CompressionType.NO_COMPRESSION);
    var stateOptions =
        new ColumnFamilyOptions()
            .setWriteBufferSize(2 * MIB)
            .setCompressionType(CompressionType.NO_COMPRESSION);
    var handles = new ArrayList<ColumnFamilyHandle>();
    try {
      Files.createDirectories(dir);
      RocksDB db =
          RocksDB.open(
              options,
              dir.toString(),
              List.of(
                  new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, stateOptions),
                  new ColumnFamilyDescriptor(UNITS, unitOptions)),
              handles);
      return new SpoolStore(dir, db, options, unitOptions, stateOptions, handles, freshOrigin);
    } catch (RocksDBException e) {
      boolean taken = String.valueOf(e.getMessage()).contains("lock");
      throw new SpoolException(
          "spool.dir = "
              + dir
              + (taken ? ": another process uses it (" : ": cannot be opened (")
              + e.getMessage()
              + ")",
          isNoSpace(e),
          e);
    } catch (IOException e) {
      throw new SpoolException("spool.dir = " + dir + ": cannot be used (" + e + ")", false, e);
    }
  }

  private static boolean isNoSpace(RocksDBException e) {
    Status status = e.getStatus();
    return status != null && status.getSubCode() == Status.SubCode.NoSpace;
  }

  private static SpoolException failed(RocksDBException e) {
    return new SpoolException(String.valueOf(e.getMessage()), isNoSpace(e), e);
  }

  long origin() {
    return origin;
  }

  /** Bytes that were cut when it was opened. */
  long repairedBytes() {
    return repairedBytes;
  }

  /** Bytes that a process may still write on its file system. */
  long usableBytes() throws IOException {
    return fileStore.getUsableSpace();
  }

  Tail tail() throws SpoolException {
    try {
      byte[] value = db.get(state, StateKeys.TAIL);
      if (value == null) {
        return new Tail(0, 0, 0);
      }
      long[] tail = StateKeys.longs(value);
      return new Tail(tail[0], tail[1], tail[2]);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  /** Copies that were ever routed to each target. */
  Map<String, Long> routed() {
    Map<String, Long> all = new HashMap<>();
    eachOf(
        StateKeys.ROUTED, (key, value) -> all.put(StateKeys.name(key), StateKeys.longs(value)[0]));
    return all;
  }

  Map<String, Cursor> cursors() {
    Map<String, Cursor> all = new HashMap<>();
    eachOf(
        StateKeys.CURSOR,
        (key, value) -> {
          long[] cursor = StateKeys.longs(value);
          all.put(StateKeys.name(key), new Cursor(cursor[0], cursor[1], cursor[2]));
        });
    return all;
  }

  /** Bytes that thinned units have lost, by position. */
  Map<Long, Long> saved() {
    Map<Long, Long> all = new HashMap<>();
    eachOf(
        StateKeys.SAVED,
        (key, value) -> all.put(StateKeys.position(key), StateKeys.longs(value)[0]));
    return all;
  }

  /** As {@link Group#batches} left them. */
  Map<String, long[]> batches() {
    Map<String, long[]> all = new HashMap<>();
    eachOf(StateKeys.BATCHES, (key, value) -> all.put(StateKeys.name(key), StateKeys.longs(value)));
    return all;
  }

  interface EachStream {
    void found(StreamBook.Key key, long settled, long lastUsedMillis);
  }

  void streams(EachStream each) {
    eachOf(
        StateKeys.STREAM,
        (key, value) -> {
          long[] known = StateKeys.longs(value);
          each.found(StateKeys.stream(key), known[0], known[1]);
        });
  }

  private interface Entry {
    void found(byte[] key, byte[] value);
  }

  private void eachOf(byte kind, Entry each) {
    try (RocksIterator found = db.newIterator(state)) {
      found.seek(new byte[] {kind});
      while (found.isValid() && StateKeys.is(found.key(), kind)) {
        each.found(found.key(), found.value());
        found.next();
      }
    }
  }

  /** A group that is put together; closed by {@link #commit}, or by {@link #close}. */
  final class Group implements AutoCloseable {
    private final WriteBatch batch = new WriteBatch();

    void unit(long sequence, byte[] unit) throws SpoolException {
      try {
        batch.put(units, StateKeys.longs(sequence), unit);
      } catch (RocksDBException e) {
        throw failed(e);
      }
    }

    void tail(Tail tail) throws SpoolException {
      state(StateKeys.TAIL, tail.sequence(), tail.bytes(), tail.number());
    }

    void routed(String target, long copies) throws SpoolException {
      state(StateKeys.named(StateKeys.ROUTED, target), copies);
    }

    void cursor(String target, Cursor cursor) throws SpoolException {
      state(
          StateKeys.named(StateKeys.CURSOR, target),
          cursor.sequence(),
          cursor.bytes(),
          cursor.copies());
    }

    void stream(StreamBook.Key key, long settled, long lastUsedMillis) throws SpoolException {
      state(StateKeys.stream(key), settled, lastUsedMillis);
    }

    void saved(long position, long bytes) throws SpoolException {
      state(StateKeys.saved(position), bytes);
    }

    void forgetSaved(long position) throws SpoolException {
      delete(StateKeys.saved(position));
    }

    void forget(StreamBook.Key key) throws SpoolException {
      delete(StateKeys.stream(key));
    }

    void batches(String target, long[] ranges) throws SpoolException {
      state(StateKeys.named(StateKeys.BATCHES, target), ranges);
    }

    void forgetTarget(String target) throws SpoolException {
      delete(StateKeys.named(StateKeys.BATCHES, target));
      delete(StateKeys.named(StateKeys.ROUTED, target));
      delete(StateKeys.named(StateKeys.CURSOR, target));
    }

    private void state(byte[] key, long... values) throws SpoolException {
      try {
        batch.put(state, key, StateKeys.longs(values));
      } catch (RocksDBException e) {
        throw failed(e);
      }
    }

    private void delete(byte[] key) throws SpoolException {
      try {
        batch.delete(state, key);
      } catch (RocksDBException e) {
        throw failed(e);
      }
    }

    /**
     * Stores it, all or nothing.
     *
     * @param sync when it returns all of it, and all before, is on the disk
     */
    void commit(boolean sync) throws SpoolException {
      try {
        db.write(sync ? synced : unsynced, batch);
      } catch (RocksDBException e) {
        throw failed(e);
      }
    }

    @Override
    public void close() {
      batch.close();
    }
  }

  Group begin() {
    return new Group();
  }

  /**
   * Units {@code from} to {@code to} (exclusive), in order.
   *
   * @param maxBytes of all but the first
   */
  List<StoredUnit> read(long from, long to, long maxBytes) throws SpoolException {
    var found = new ArrayList<StoredUnit>();
    long size = 0;
    try (var reading = new ReadOptions().setFillCache(false);
        RocksIterator at = db.newIterator(units, reading)) {
      at.seek(StateKeys.longs(from));
      while (at.isValid()) {
        long sequence = StateKeys.longs(at.key())[0];
        if (sequence >= to) {
          break;
        }
        byte[] unit = at.value();
        if (!found.isEmpty() && size + unit.length > maxBytes) {
          break;
        }
        found.add(new StoredUnit(sequence, unit));
        size += unit.length;
        at.next();
      }
      at.status();
      return found;
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  /** Gives the space of all units before {@code sequence} back, some of it later. */
  synchronized void deleteBelow(long sequence) throws SpoolException {
    if (sequence <= deletedBelow) {
      return;
    }
    try {
      byte[] end = StateKeys.longs(sequence);
      db.deleteRange(units, unsynced, StateKeys.longs(deletedBelow), end);
      db.deleteFilesInRanges(units, List.of(StateKeys.longs(0), end), false);
      deletedBelow = sequence;
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    units.close();
    state.close();
    db.close();
    synced.close();
    unsynced.close();
    options.close();
    unitOptions.close();
    stateOptions.close();
  }
}
