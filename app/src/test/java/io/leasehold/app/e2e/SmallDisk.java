package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.app.cluster.LocalDatabase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * A PostgreSQL whose disk can be filled and emptied again. Its data are on a file system of their
 * own if we may mount one; otherwise no file of its may grow beyond the size of the journal, which
 * ends in the same place of the same program.
 */
abstract class SmallDisk implements AutoCloseable {
  private static final int ROOM_MB = 96; // a new database takes some 40

  final LocalDatabase database;
  final Path data;

  private SmallDisk(Path directory) throws IOException {
    data = directory.resolve("data");
    database = FastStart.database(directory);
  }

  /** A file system of its own where that is allowed. */
  static SmallDisk in(Path directory) throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    String options = "size=" + ROOM_MB + "m,mode=0700";
    boolean mounted =
        isRun("mount", "-t", "tmpfs", "-o", options, "leasehold-test", data.toString());
    System.out.println("small disk: " + (mounted ? "a tmpfs" : "a limit of the size of files"));
    return mounted ? new FileSystem(directory) : new SizeLimit(directory);
  }

  /** A limit of the size of files, which any user may set. */
  static SmallDisk bySizeOfFiles(Path directory) throws Exception {
    return new SizeLimit(directory);
  }

  /** What the system says to who writes: part of the reason that the server gives. */
  abstract String complaint();

  /** From now on there is no room for more events, but for what is left of the last page. */
  abstract void fill() throws Exception;

  abstract void free() throws Exception;

  @Override
  public void close() throws Exception {
    database.close();
  }

  private static boolean isRun(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private static final class FileSystem extends SmallDisk {
    private final Path ballast = data.resolve("ballast");

    FileSystem(Path directory) throws IOException {
      super(directory);
    }

    @Override
    String complaint() {
      return "No space left on device";
    }

    @Override
    void fill() throws IOException {
      byte[] page = new byte[4_096];
      try (OutputStream out = Files.newOutputStream(ballast)) {
        for (int i = 0; i < ROOM_MB << 8; i++) {
          out.write(page);
        }
        throw new AssertionError("the file system does not get full");
      } catch (IOException e) {
        assertThat(e).hasMessageContaining(complaint());
      }
    }

    @Override
    void free() throws IOException {
      Files.delete(ballast);
    }

    @Override
    public void close() throws Exception {
      try {
        super.close();
      } finally {
        isRun("umount", "-l", data.toString());
      }
    }
  }

  private static final class SizeLimit extends SmallDisk {
    /** Files of the log of the database are that large from the beginning. */
    private static final long LOG_BYTES = 16L << 20;

    private static final String ROWS =
        "INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,"
            + " adapter_manifest, event_ser_id, event_ser_manifest, event_payload)"
            + " SELECT 'ballast', n, '', 0, '', 0, '', decode(repeat(md5(n::text), %s), 'hex')"
            + " FROM generate_series(%s) AS n";

    SizeLimit(Path directory) throws IOException {
      super(directory);
    }

    @Override
    String complaint() {
      return "File too large";
    }

    @Override
    void fill() throws Exception {
      long size = growJournal();
      assertThat(size).isGreaterThan(LOG_BYTES);
      limit(Long.toString(size));
    }

    /** To more than the log takes, and with no page left that has been set aside. */
    private long growJournal() throws Exception {
      try (Connection connection =
              DriverManager.getConnection(database.url(), database.user(), "");
          Statement statement = connection.createStatement()) {
        statement.execute(String.format(ROWS, "60", "1, 17000"));
        statement.execute(
            "DO $$ DECLARE before bigint := pg_relation_size('event_journal'); i int := 20000;"
                + " BEGIN WHILE pg_relation_size('event_journal') = before LOOP i := i + 1; "
                + String.format(ROWS, "2", "i, i") // smaller than any event: no gap is left
                + "; END LOOP; END $$");
        try (ResultSet size = statement.executeQuery("SELECT pg_relation_size('event_journal')")) {
          size.next();
          return size.getLong(1);
        }
      }
    }

    @Override
    void free() throws Exception {
      limit("");
    }

    private void limit(String bytes) throws Exception {
      long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
      ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
      List<Long> all =
          Stream.concat(Stream.of(server), server.descendants()).map(ProcessHandle::pid).toList();
      for (long each : all) {
        String soft = (bytes.isEmpty() ? "unlimited" : bytes) + ":";
        isRun("prlimit", "--pid", Long.toString(each), "--fsize=" + soft); // it may have ended
      }
      assertThat(Files.readString(Path.of("/proc/" + pid + "/limits")))
          .containsPattern("Max file size +" + (bytes.isEmpty() ? "unlimited" : bytes));
    }
  }
}
