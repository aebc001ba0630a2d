package io.leasehold.app.e2e;

import io.leasehold.app.cluster.LocalDatabase;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Options of Java for processes that tests start: most live for seconds, and what they cost is
 * their start. The second compiler is left out, and classes come from an archive, which the first
 * of a build makes: a third of the work of a start is left. A node that joins a cluster is given
 * its share within a second, not five. Long fault runs take the options of the launcher. Safe for
 * any thread.
 */
public final class FastStart {
  private static final Path JAR = Path.of("target", "leasehold.jar").toAbsolutePath();

  private static final Path ARCHIVE = Path.of("target", "leasehold.jsa").toAbsolutePath();
  private static final List<String> OPENED =
      List.of(
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
  private static final List<String> QUICK =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:MetaspaceSize=128m",
          "-Dpekko.cluster.sharding.rebalance-interval=1s");
  private static final long PATIENCE_SECONDS = 90;

  /** Where tests of other modules have theirs too. */
  private static final Path DATABASE_PROGRAMS =
      Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");

  private FastStart() {}

  /** A PostgreSQL with its data in this directory; blocking, some seconds. */
  public static LocalDatabase database(Path directory) throws IOException {
    return LocalDatabase.start(directory, DATABASE_PROGRAMS);
  }

  /** The program with its options and the jar, for a server with this heap. */
  public static List<String> java(String heap) {
    return java(heap, List.of());
  }

  /** The same with more options. */
  public static List<String> java(String heap, List<String> more) {
    var command = new ArrayList<>(program(heap));
    if (System.getProperty("fault.minutes") == null) {
      command.addAll(QUICK);
      makeArchive();
      if (Files.exists(ARCHIVE)) {
        command.addAll(List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xlog:cds=off"));
      }
    }
    command.addAll(more);
    command.addAll(List.of("-jar", JAR.toString()));
    return command;
  }

  private static List<String> program(String heap) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseParallelGC", "-Xmx" + heap));
    command.addAll(OPENED);
    return command;
  }

  /** Once for a jar; without one, processes start as well, but slowly. */
  private static synchronized void makeArchive() {
    try (var lock = ForkLock.of(ARCHIVE)) {
      makeIfMissing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void makeIfMissing() throws IOException {
    Path failed = Path.of(ARCHIVE + ".none");
    if (isOfThisJar(ARCHIVE) || isOfThisJar(failed)) {
      return;
    }
    Files.deleteIfExists(ARCHIVE);
    Path data = Files.createTempDirectory(Path.of("target"), "archive");
    Path log = data.resolve("server.log");
    var command = new ArrayList<>(program("512m"));
    command.addAll(QUICK);
    command.addAll(
        List.of("-XX:ArchiveClassesAtExit=" + ARCHIVE, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
    command.addAll(List.of("-jar", JAR.toString(), "server", "--set", "data-dir=" + data));
    for (String port : List.of("lock", "monitor", "http", "remoting", "management", "telemetry")) {
      command.addAll(List.of("--set", port + ".port=auto"));
    }
    command.addAll(List.of("--set", "monitor.debug-port=auto"));
    command.addAll(List.of("--set", "telemetry.admin-port=auto"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(log.toString()))
            .start();
    try {
      long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (process.isAlive()
          && !Files.readString(log).contains(": ready in ")
          && System.nanoTime() < due) {
        process.waitFor(50, TimeUnit.MILLISECONDS);
      }
      process.destroy();
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
    if (!Files.exists(ARCHIVE)) {
      Files.writeString(failed, "no archive could be made, see " + log);
    }
  }

  private static boolean isOfThisJar(Path file) throws IOException {
    return Files.exists(file)
        && Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(JAR)) >= 0;
  }
}
