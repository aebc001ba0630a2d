package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A program of the machine that a test runs. */
final class Tool {
  private Tool() {}

  /**
   * Skips the test if the program is not there, and fails it where everything has to be there.
   *
   * @param debianPackage that brings it
   */
  static void need(String program, String debianPackage) {
    boolean there =
        Path.of("/usr/bin", program).toFile().canExecute()
            || Path.of("/usr/local/bin", program).toFile().canExecute();
    need(there, program, debianPackage);
  }

  /** The same of anything else that a package brings. */
  static void need(boolean there, String what, String debianPackage) {
    if (!there) {
      assertThat(System.getenv("CI")).as(what + " is missing").isNotEqualTo("true");
    }
    assumeTrue(there, what + " is missing: Debian package " + debianPackage);
  }

  /** Runs it to its end, which must come within half a minute; returns what it printed. */
  static String run(int expectedExitCode, String... command)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile(Path.of("target"), "tool", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(String.join(" ", command)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(output).isEqualTo(expectedExitCode);
    return output;
  }
}
