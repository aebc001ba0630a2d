package io.leasehold.streams.telemetry.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * The native part of RocksDB, which comes in its archive. It is unpacked under one name to one
 * place: by itself RocksDB takes a new name in java.io.tmpdir at each start, and a process that is
 * killed leaves 15 MB there each time.
 */
final class RocksLibrary {
  private RocksLibrary() {}

  /**
   * Loads it, unless this process has it already: then the directory is not looked at further.
   *
   * @param dir belongs to this process; what an earlier one left there is replaced
   * @throws SpoolException if it cannot be unpacked there, or not be loaded from there
   */
  static void load(Path dir) throws SpoolException {
    try {
      Files.createDirectories(dir);
      NativeLibraryLoader.getInstance().loadLibrary(dir.toString());
      RocksDB.loadLibrary(); // finds it loaded
    } catch (IOException | RuntimeException | LinkageError e) {
      throw new SpoolException(
          "spool: no RocksDB, its library cannot be unpacked to "
              + dir
              + " and loaded from there ("
              + e
              + "); spool.use = off goes without it",
          false,
          e);
    }
  }
}
