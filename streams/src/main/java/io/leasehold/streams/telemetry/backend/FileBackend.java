package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.FilesystemSettings;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends lines to a file for each source and day. A batch is written wholly or taken back, so a
 * retry repeats nothing; a crash may leave one torn line, which stays alone. With {@code fsync: 1s}
 * what the system had not yet written at a power cut is lost.
 */
public final class FileBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(FileBackend.class);
  private static final int MAX_OPEN = 256;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final String LOCK_FILE = ".leasehold.lock";

  private record Key(String source, long day) {}

  /** What a batch has for one file. */
  private static final class Group {
    final Key key;
    final List<Batch.Part> runs = new ArrayList<>();
    long bytes;

    Group(Key key) {
      this.key = key;
    }

    void add(Lines lines, int from, int to) {
      runs.add(new Batch.Part(lines, from, to));
      for (int i = from; i < to; i++) {
        bytes += lines.length(i);
      }
    }
  }

  private record Touched(DayFile file, long sizeBefore) {}

  private final FilesystemSettings settings;
  private final FileNames names;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Object syncing = new Object();
  private final LinkedHashMap<Key, DayFile> files = new LinkedHashMap<>(64, 0.75f, true);
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final LineFormat format;
  private @Nullable FileChannel lockChannel;
  private @Nullable FileStore store;
  private @Nullable FileKeeper keeper;
  private volatile @Nullable IOException syncFailure;

  /** Writes below the path of {@code settings}; makes it when opened. */
  public FileBackend(FilesystemSettings settings, Clock clock) {
    this.settings = settings;
    this.names = new FileNames(settings.basePath(), settings.timezone());
    this.clock = clock;
    this.format = settings.canonical() ? LineFormat.canonical() : LineFormat.RAW;
  }

  @Override
  public void open() throws BackendException {
    Path base = settings.basePath();
    if (Files.exists(base) && !Files.isDirectory(base)) {
      throw BackendException.misconfigured("base_path = " + base + ": is no directory", null);
    }
    try {
      Files.createDirectories(base);
      takeLock(base);
      store = Files.getFileStore(base);
    } catch (IOException e) {
      throw failed(e); // room, permission or file system may come back
    }
    if (keeper == null) {
      keeper = new FileKeeper(this, settings, names, clock);
    }
  }

  private void takeLock(Path base) throws IOException, BackendException {
    if (lockChannel != null) {
      return;
    }
    FileChannel channel =
        FileChannel.open(
            base.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock taken = null;
    try {
      taken = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      LOG.debug("{} is locked by this process", base);
    }
    if (taken == null) {
      channel.close();
      throw BackendException.misconfigured(
          "base_path = "
              + base
              + ": another process writes here; give each its own, such as with ${LEASEHOLD_NODE}",
          null);
    }
    lockChannel = channel;
  }

  @Override
  public Outcome deliver(Batch batch) throws BackendException {
    lock.lock();
    try {
      checkDisk();
      write(group(batch));
      return Outcome.CONFIRMED;
    } finally {
      lock.unlock();
    }
  }

  private void checkDisk() throws BackendException {
    var failure = syncFailure;
    if (failure != null) {
      syncFailure = null;
      throw failed(failure);
    }
    try {
      long free = store == null ? Long.MAX_VALUE : store.getUsableSpace();
      if (free < (long) settings.minFreeMb() << 20) {
        throw BackendException.retryable(
            "disk_full",
            settings.basePath()
                + ": "
                + (free >> 20)
                + " MiB are free, min_free_mb = "
                + settings.minFreeMb(),
            null);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private Iterable<Group> group(Batch batch) {
    Map<Key, Group> groups = new LinkedHashMap<>();
    Group group = null;
    Source source = null;
    long day = Long.MIN_VALUE;
    long dayBegin = 0;
    long dayEnd = 0;
    for (Batch.Part part : batch.parts()) {
      Lines lines = part.lines();
      int runFrom = part.from();
      for (int i = part.from(); i < part.to(); i++) {
        long ts = lines.ts(i);
        if (group != null
            && lines.source(i) == source
            && (!settings.rotateDaily() || (ts >= dayBegin && ts < dayEnd))) {
          continue;
        }
        if (group != null && runFrom < i) {
          group.add(lines, runFrom, i);
        }
        runFrom = i;
        source = lines.source(i);
        if (settings.rotateDaily() && (ts < dayBegin || ts >= dayEnd)) {
          day = names.dayOf(ts);
          dayBegin = names.beginOf(day);
          dayEnd = names.beginOf(day + 1);
        }
        group = groups.computeIfAbsent(new Key(source.encoded(), day), Group::new);
      }
      if (group != null && runFrom < part.to()) {
        group.add(lines, runFrom, part.to());
      }
    }
    return groups.values();
  }

  private void write(Iterable<Group> groups) throws BackendException {
    var touched = new ArrayList<Touched>();
    try {
      for (Group group : groups) {
        DayFile file = fileFor(group);
        touched.add(new Touched(file, file.size()));
        append(file, group);
      }
      if (settings.syncEvery() != null && settings.syncEvery().isZero()) {
        for (Touched each : touched) {
          each.file.takeDirty();
          each.file.force();
        }
      }
    } catch (IOException e) {
      takeBack(touched);
      throw failed(e);
    }
    evict();
  }

  private void append(DayFile file, Group group) throws IOException {
    long now = clock.wallMillis();
    buffer.clear();
    for (Batch.Part run : group.runs) {
      format.write(
          run,
          buffer,
          full -> {
            full.flip();
            file.append(full, now);
            full.clear();
          });
    }
    buffer.flip();
    file.append(buffer, now);
  }

  private DayFile fileFor(Group group) throws IOException {
    Key key = group.key;
    DayFile file = files.get(key);
    if (file != null && !file.isUsable()) {
      files.remove(key);
      file = null;
    }
    if (file == null) {
      file = openFile(key);
    }
    long limit = (long) settings.rotateSizeMb() << 20;
    if (limit > 0 && file.size() > 0 && file.size() + group.bytes > limit) {
      file.close(settings.syncEvery() != null);
      files.remove(key);
      String stem = FileNames.stem(key.source, key.day);
      if (file.path().getFileName().toString().equals(stem + FileNames.PLAIN)) {
        Files.move(file.path(), names.aside(stem));
        file = openFile(key);
      } else {
        file = DayFile.open(names.aside(stem), clock.wallMillis());
        files.put(key, file);
      }
    }
    return file;
  }

  private DayFile openFile(Key key) throws IOException {
    long now = clock.wallMillis();
    Path path = names.current(FileNames.stem(key.source, key.day), key.day, now);
    DayFile file = DayFile.open(path, now);
    files.put(key, file);
    return file;
  }

  private void takeBack(List<Touched> touched) {
    for (Touched each : touched) {
      try {
        each.file.cutTo(each.sizeBefore);
      } catch (IOException e) {
        LOG.error(
            "{}: a failed batch could not be taken back, lines may repeat", each.file.path(), e);
      }
    }
  }

  private void evict() {
    var oldest = files.values().iterator();
    while (files.size() > MAX_OPEN && oldest.hasNext()) {
      DayFile file = oldest.next();
      oldest.remove();
      closeQuietly(file);
    }
  }

  private void closeQuietly(DayFile file) {
    try {
      file.close(settings.syncEvery() != null);
    } catch (IOException e) {
      syncFailed(file, e);
    }
  }

  private static BackendException failed(IOException e) {
    String message = String.valueOf(e.getMessage());
    boolean full =
        message.contains("No space left on device") || message.contains("Disk quota exceeded");
    return BackendException.retryable(full ? "disk_full" : "io", message, e);
  }

  @Override
  public void sync() throws BackendException {
    if (settings.syncEvery() == null) {
      return; // who says never gets what the system does by itself
    }
    syncDirty();
    var failure = syncFailure;
    if (failure != null) {
      throw failed(failure);
    }
  }

  /** Files written to since the last call. */
  List<DayFile> takeDirty() {
    lock.lock();
    try {
      return files.values().stream().filter(DayFile::takeDirty).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Syncs what was written to; who comes meanwhile waits, for it may be its lines. */
  void syncDirty() {
    synchronized (syncing) {
      for (DayFile file : takeDirty()) {
        try {
          file.force();
        } catch (IOException e) {
          syncFailed(file, e);
        }
      }
    }
  }

  /** Closes files of days that are over. */
  void closeSettled(long nowMillis) {
    lock.lock();
    try {
      long settled = nowMillis - FileNames.SETTLED.toMillis();
      var all = files.entrySet().iterator();
      while (all.hasNext()) {
        var each = all.next();
        long day = each.getKey().day;
        if (day != Long.MIN_VALUE
            && names.beginOf(day + 1) <= settled
            && each.getValue().lastWriteMillis() <= settled) {
          all.remove();
          closeQuietly(each.getValue());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void syncFailed(DayFile file, IOException e) {
    LOG.error("{}: what was written may not be on the disk", file.path(), e);
    syncFailure = e;
  }

  @Override
  public void close() {
    if (keeper != null) {
      keeper.close();
    }
    lock.lock();
    try {
      files.values().forEach(this::closeQuietly);
      files.clear();
      if (lockChannel != null) {
        lockChannel.close();
        lockChannel = null;
      }
    } catch (IOException e) {
      LOG.warn("{}: the lock file was not closed", settings.basePath(), e);
    } finally {
      lock.unlock();
    }
  }
}
