package io.leasehold.streams.telemetry.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the native part of RocksDB lies, also after processes that were killed. */
class RocksLibraryTest {
  private static final int LOADED = 42;

  @TempDir private Path dir;

  /** A process that loads it and ends without any of its hooks, as if it were killed. */
  static final class Killed {
    private Killed() {}

    public static void main(String[] args) throws SpoolException {
      RocksLibrary.load(Path.of(args[0]));
      Runtime.getRuntime().halt(LOADED);
    }
  }

  private int run(Path library, Path temporary) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Killed.class.getName(),
                library.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("output").toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<Path> files(Path where) throws IOException {
    try (Stream<Path> files = Files.list(where)) {
      return files.toList();
    }
  }

  @Test
  void processesThatAreKilledLeaveOneCopyInAll() throws Exception {
    Path library = dir.resolve("data/native");
    Path temporary = Files.createDirectory(dir.resolve("tmp"));

    assertThat(run(library, temporary)).isEqualTo(LOADED);
    assertThat(run(library, temporary)).isEqualTo(LOADED);

    assertThat(files(library)).hasSize(1);
    assertThat(files(temporary)).isEmpty();
  }

  @Test
  void whereItCannotBeUnpackedIsSaid() throws Exception {
    Path library = Files.createFile(dir.resolve("file")).resolve("native");

    assertThatThrownBy(() -> RocksLibrary.load(library))
        .isInstanceOf(SpoolException.class)
        .hasMessageStartingWith(
            "spool: no RocksDB, its library cannot be unpacked to " + library + " and loaded");
  }
}
