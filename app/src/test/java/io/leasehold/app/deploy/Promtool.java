package io.leasehold.app.deploy;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs Prometheus' own checker. Without it a test is skipped, or fails where CI=true. */
public final class Promtool {
  private static final long PATIENCE_SECONDS = 60;

  /** How a run ended. */
  record Result(int exitCode, String output) {}

  private Promtool() {}

  /** Runs it in a folder, its output in a file of another. */
  static Result run(Path folder, Path scratch, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(onPath("promtool").toString()));
    command.addAll(List.of(arguments));
    var output = Files.createTempFile(scratch, "promtool", ".log");
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return fail("promtool runs for more than " + PATIENCE_SECONDS + " s");
    }
    return new Result(process.exitValue(), Files.readString(output));
  }

  /** A program of Prometheus; what it misses skips the test that asks, or fails it. */
  public static Path onPath(String program) {
    var found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
            .map(folder -> Path.of(folder, program))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isPresent()) {
      return found.get();
    }
    var missing = program + " is not on the PATH; it is part of Debian's package prometheus";
    return "true".equals(System.getenv("CI")) ? fail(missing) : abort(missing);
  }
}
