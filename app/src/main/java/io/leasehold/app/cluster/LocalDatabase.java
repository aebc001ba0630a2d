package io.leasehold.app.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A PostgreSQL of our own in a directory, as durable as any. One thread. */
public final class LocalDatabase implements AutoCloseable {
  private static final Duration STARTUP = Duration.ofSeconds(60);

  private final EmbeddedPostgres postgres;

  private LocalDatabase(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /**
   * Starts it on a free port of 127.0.0.1, with the data it had before; its programs are unpacked
   * beside them. Blocking, some seconds.
   *
   * @throws IOException if it does not start
   */
  public static LocalDatabase start(Path directory) throws IOException {
    return start(directory, directory.resolve("programs"));
  }

  /**
   * The same with programs that several may share.
   *
   * @param programs directory they are unpacked into, unless they are there
   * @throws IOException if it does not start
   */
  public static LocalDatabase start(Path directory, Path programs) throws IOException {
    Files.createDirectories(directory);
    return new LocalDatabase(
        EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setOverrideWorkingDirectory(programs.toFile())
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPGStartupWait(STARTUP) // after a crash it reads its log first
            // the programs start with both off, which is fast and loses data at a power cut
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", "200")
            .start());
  }

  /** JDBC address. */
  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
  }

  /** Who may use it; there is no password. */
  public String user() {
    return "postgres";
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
