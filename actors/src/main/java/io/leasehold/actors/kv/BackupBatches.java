package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The entries of a checked backup in batches for their shards, which may be others than those of
 * the store that made it. Holds a few MiB. Blocking; confined to its caller.
 */
final class BackupBatches implements AutoCloseable {
  /** Accounted bytes of a batch, but for one that is a single larger entry. */
  private static final long MAX_BYTES = 1L << 20;

  private static final int MAX_ENTRIES = 512;

  /** Accounted bytes of all batches that are not full yet; then the largest goes. */
  private static final long MAX_OPEN_BYTES = 8L << 20;

  /** Entries of one shard. */
  record Batch(int shard, List<KvEntry> entries) {
    Batch {
      entries = List.copyOf(entries);
    }
  }

  private static final class Open {
    final List<KvEntry> entries = new ArrayList<>();
    long bytes;
  }

  private final BackupReader reader;
  private final Open[] open;
  private long openBytes;
  private boolean atEnd;

  private BackupBatches(BackupReader reader, int shards) {
    this.reader = reader;
    this.open = new Open[shards];
    for (int i = 0; i < shards; i++) {
      open[i] = new Open();
    }
  }

  static BackupBatches open(Path file, int shards) throws IOException {
    return new BackupBatches(BackupReader.open(file), shards);
  }

  /** The next batch, never an empty one; empty at the end. */
  Optional<Batch> next() throws IOException {
    while (!atEnd) {
      KvEntry entry = reader.next();
      if (entry == null) {
        atEnd = true;
        break;
      }
      int shard = KvKeys.shardOf(entry.key(), open.length);
      Open batch = open[shard];
      Optional<Batch> full = Optional.empty();
      if (!batch.entries.isEmpty()
          && (batch.bytes + entry.accountedBytes() > MAX_BYTES
              || batch.entries.size() == MAX_ENTRIES)) {
        full = Optional.of(take(shard));
      }
      batch.entries.add(entry);
      batch.bytes += entry.accountedBytes();
      openBytes += entry.accountedBytes();
      if (full.isPresent()) {
        return full;
      } else if (openBytes > MAX_OPEN_BYTES) {
        return largest();
      }
    }
    return largest();
  }

  private Optional<Batch> largest() {
    int largest = 0;
    for (int i = 1; i < open.length; i++) {
      if (open[i].bytes > open[largest].bytes) {
        largest = i;
      }
    }
    return open[largest].entries.isEmpty() ? Optional.empty() : Optional.of(take(largest));
  }

  private Batch take(int shard) {
    Open batch = open[shard];
    var taken = new Batch(shard, batch.entries);
    openBytes -= batch.bytes;
    batch.entries.clear();
    batch.bytes = 0;
    return taken;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
