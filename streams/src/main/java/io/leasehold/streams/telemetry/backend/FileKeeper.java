package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.FilesystemSettings;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the files of a backend beside the writing: syncs them, closes those of days that are
 * over, packs and deletes them. One thread of its own, which waits for the disk.
 */
final class FileKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileKeeper.class);
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
  private static final int CHUNK = 1 << 16;

  private final FileBackend backend;
  private final FilesystemSettings settings;
  private final FileNames names;
  private final Clock clock;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var worker = new Thread(task, "leasehold-telemetry-files");
            worker.setDaemon(true);
            return worker;
          });

  FileKeeper(FileBackend backend, FilesystemSettings settings, FileNames names, Clock clock) {
    this.backend = backend;
    this.settings = settings;
    this.names = names;
    this.clock = clock;
    Duration every = settings.syncEvery();
    if (every != null && !every.isZero()) {
      repeat(backend::syncDirty, every);
    }
    repeat(this::tidy, LOOK_EVERY);
  }

  private void repeat(Runnable task, Duration every) {
    var unused =
        thread.scheduleWithFixedDelay(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) { // would end the repetition without a word
                LOG.error("{}: not looked after", settings.basePath(), e);
              }
            },
            every.toMillis(),
            every.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Closes, packs and deletes what is due. */
  void tidy() {
    long now = clock.wallMillis();
    backend.closeSettled(now);
    if (!settings.gzip() && settings.retentionDays() == 0) {
      return;
    }
    if (!settings.rotateDaily()) {
      return; // what looks like a day in a name is part of a source, whose file is written to
    }
    long today = names.dayOf(now);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(settings.basePath(), "*.jsonl*")) {
      for (Path file : all) {
        Long day = FileNames.dayIn(file.getFileName().toString());
        if (day == null) {
          continue;
        }
        if (settings.retentionDays() > 0 && day < today - settings.retentionDays()) {
          Files.deleteIfExists(file);
        } else if (settings.gzip()
            && file.toString().endsWith(FileNames.PLAIN)
            && names.isSettled(file, day, now)) {
          pack(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: old files are not looked after: {}", settings.basePath(), e.toString());
    }
  }

  /** Under another name until it is whole and on the disk: a crash leaves the file as it was. */
  private static void pack(Path file) throws IOException {
    Path target = file.resolveSibling(file.getFileName() + ".gz");
    Path part = file.resolveSibling(file.getFileName() + ".gz.part");
    try (FileChannel channel =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING);
        InputStream in = Files.newInputStream(file)) {
      var out = new GZIPOutputStream(Channels.newOutputStream(channel), CHUNK);
      in.transferTo(out);
      out.finish();
      channel.force(true);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(file);
  }

  /** Ends it; what is under way is finished first, a minute at most. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("{}: packing of old files is broken off", settings.basePath());
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      thread.shutdownNow();
    }
  }
}
