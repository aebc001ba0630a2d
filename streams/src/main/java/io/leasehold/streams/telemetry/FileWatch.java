package io.leasehold.streams.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a file has become another one: by its time, its size and its inode, and only when it
 * has stayed the same from one look to the next, so that a file that is being written is not read.
 * Not thread safe; waits for the disk.
 */
final class FileWatch {
  private record Looks(long modifiedMillis, long size, @Nullable Object inode) {}

  private final @Nullable Path file;
  private @Nullable Looks known;
  private @Nullable Looks before;

  /** Takes the file as it is now for known; of none nothing is ever noticed. */
  FileWatch(@Nullable Path file) {
    this.file = file;
    this.known = looks();
    this.before = known;
  }

  /** Whether there is another file, which has not changed since the last look; says so once. */
  boolean isChanged() {
    Looks now = looks();
    boolean stable = now != null && now.equals(before);
    before = now;
    if (now == null || !stable || now.equals(known)) {
      return false;
    }
    known = now;
    return true;
  }

  /** The file is about to be read, by whose wish ever: as it is now it is known from here on. */
  void reading() {
    Looks now = looks();
    if (now != null) {
      known = now;
      before = now;
    }
  }

  private @Nullable Looks looks() {
    if (file == null) {
      return null;
    }
    try {
      var found = Files.readAttributes(file, BasicFileAttributes.class);
      return new Looks(found.lastModifiedTime().toMillis(), found.size(), found.fileKey());
    } catch (IOException e) {
      return null; // it is being replaced, or somebody will notice that it is gone
    }
  }
}
