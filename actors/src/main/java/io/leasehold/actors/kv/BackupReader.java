package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvEntry;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a backup line by line, in constant memory. Blocking: belongs on a thread that may wait for
 * a disk. Confined to its caller.
 */
final class BackupReader implements Closeable {
  /** A value of 1 MiB of control characters takes 6 MiB. */
  private static final int MAX_LINE = 8 << 20;

  private static final int BUFFER = 1 << 16;

  private final InputStream in;
  private byte[] line = new byte[BUFFER];
  private int length;
  private long number;

  private BackupReader(InputStream in) {
    this.in = in;
  }

  /** Opens a file that has been checked; {@link #next} gives its entries. */
  static BackupReader open(Path file) throws IOException {
    var reader = opened(file);
    reader.readLine(); // the header
    return reader;
  }

  private static BackupReader opened(Path file) throws IOException {
    return new BackupReader(new BufferedInputStream(Files.newInputStream(file), BUFFER));
  }

  /** The next entry; null = there is none. */
  @Nullable KvEntry next() throws IOException {
    if (!readLine() || BackupEntries.isLast(line, length)) {
      return null;
    }
    try {
      return BackupEntries.entry(line, length);
    } catch (BackupEntries.BadLine e) {
      throw new IOException("line " + number + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /**
   * What a check came to.
   *
   * @param bad why the file is no whole backup; null if it is one
   */
  record Checked(long entries, @Nullable String bad) {}

  /** Looks at the whole file: every line, their number, and the checksum. */
  static Checked check(Path file) throws IOException {
    try (BackupReader reader = opened(file)) {
      return reader.check();
    } catch (BackupEntries.BadLine e) {
      return new Checked(0, e.getMessage());
    }
  }

  private Checked check() throws IOException, BackupEntries.BadLine {
    MessageDigest digest = BackupLines.sha256();
    long entries = 0;
    while (readLine()) {
      if (number > 1 && BackupEntries.isLast(line, length)) {
        byte[] expected = BackupLines.last(entries, digest.digest());
        if (!Arrays.equals(expected, 0, expected.length, line, 0, length)) {
          return bad(
              "is not that of the "
                  + entries
                  + " entries before it: the file has been changed, or is not whole");
        }
        return readLine() ? bad("follows the last one") : new Checked(entries, null);
      }
      if (line[length - 1] != '\n') {
        return bad("has no end: the file is not whole");
      }
      try {
        if (number == 1) {
          BackupEntries.checkHeader(line, length);
        } else {
          BackupEntries.entry(line, length);
          entries++;
        }
      } catch (BackupEntries.BadLine e) {
        return bad(e.getMessage());
      }
      digest.update(line, 0, length);
    }
    return new Checked(
        0,
        number == 0
            ? "the file is empty"
            : "the last line is missing: the file ends after line " + number);
  }

  private Checked bad(@Nullable String why) {
    return new Checked(0, "line " + number + " " + why);
  }

  /** Reads up to and with the next line feed; false at the end of the file. */
  private boolean readLine() throws IOException {
    length = 0;
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (length == 0) {
        number++;
      }
      if (length == line.length) {
        if (length >= MAX_LINE) {
          throw new BackupEntries.BadLine(
              "line " + number + " has more than " + MAX_LINE + " bytes: no entry has");
        }
        line = Arrays.copyOf(line, Math.min(MAX_LINE, length * 2));
      }
      line[length++] = (byte) next;
      if (next == '\n') {
        return true;
      }
    }
    return length > 0;
  }
}
