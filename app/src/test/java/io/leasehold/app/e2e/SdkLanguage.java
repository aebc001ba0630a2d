package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** The languages that there is a telemetry SDK for, and how the driver of each is started. */
enum SdkLanguage {
  PERL("perl", "lib/MonitoringSDK.pm", "lib/MonitoringSDK/Jobs.pm"),
  PYTHON("python", "monitoring_sdk.py", "monitoring_jobs.py"),
  JAVA("java", "src/main/java/io/leasehold/sdk/telemetry/MonitoringSDK.java", null);

  private static final Path DRIVERS = Path.of("src", "test", "sdk").toAbsolutePath();
  private static final Path CLASSES = Path.of("target", "sdk-classes").toAbsolutePath();

  private final Path home;
  final Path file;

  /** Of the jobs, null if the language has none. */
  final Path secondFile;

  SdkLanguage(String folder, String file, String secondFile) {
    this.home = Path.of("..", "sdk", folder).toAbsolutePath().normalize();
    this.file = home.resolve(file);
    this.secondFile = secondFile == null ? null : home.resolve(secondFile);
  }

  /** The command that runs the driver; compiles it first if that is needed. */
  List<String> command() throws IOException {
    switch (this) {
      case PERL -> Tool.need("perl", "perl");
      case PYTHON -> Tool.need("python3", "python3");
      case JAVA -> compile();
    }
    return switch (this) {
      case PERL -> List.of("perl", "-I" + home.resolve("lib"), DRIVERS + "/driver.pl");
      case PYTHON -> List.of("/usr/bin/python3", DRIVERS + "/driver.py", home.toString());
      case JAVA ->
          List.of(
              java(),
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-cp",
              CLASSES + ":" + System.getProperty("java.class.path"),
              "Driver");
    };
  }

  /**
   * Runs the first block of code of the README to its end, with the SDK as it is told to be used.
   */
  void runExample(Path dir, int port) throws IOException, InterruptedException {
    command();
    String name = name().toLowerCase(Locale.ROOT);
    Matcher block =
        Pattern.compile("\n```" + name + "\n(.*?\n)```\n", Pattern.DOTALL)
            .matcher(Files.readString(home.resolve("README.md")));
    assertThat(block.find()).isTrue();
    Path example = dir.resolve(this == JAVA ? "Billing.java" : "example");
    Files.writeString(example, block.group(1));
    List<String> command =
        switch (this) {
          case PERL -> List.of("perl", "-I" + home.resolve("lib"), example.toString());
          case PYTHON ->
              List.of("env", "PYTHONPATH=" + home, "/usr/bin/python3", example.toString());
          case JAVA -> {
            compile(CLASSES.toString(), dir, example);
            yield List.of(
                java(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                CLASSES + ":" + dir,
                "Billing");
          }
        };
    var all = new ArrayList<>(List.of("env", "MONITORING_TCP_PORT=" + port));
    all.addAll(command);
    assertThat(Tool.run(0, all.toArray(String[]::new))).isEmpty();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** The SDK sees the JDK alone; the driver may use what the tests use. */
  private static synchronized void compile() throws IOException {
    try (var lock = ForkLock.of(CLASSES)) {
      compileIfNeeded();
    }
  }

  private static void compileIfNeeded() throws IOException {
    if (Files.exists(CLASSES.resolve("Driver.class"))
        && Files.getLastModifiedTime(CLASSES.resolve("Driver.class"))
                .compareTo(Files.getLastModifiedTime(JAVA.file))
            > 0
        && Files.getLastModifiedTime(CLASSES.resolve("Driver.class"))
                .compareTo(Files.getLastModifiedTime(DRIVERS.resolve("Driver.java")))
            > 0) {
      return;
    }
    Files.createDirectories(CLASSES);
    compile("", CLASSES, JAVA.file);
    compile(
        CLASSES + ":" + System.getProperty("java.class.path"),
        CLASSES,
        DRIVERS.resolve("Driver.java"));
  }

  private static void compile(String classPath, Path to, Path source) throws IOException {
    var said = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var options =
          List.of(
              "--release",
              "17",
              "-Xlint:all",
              "-Werror",
              "-proc:none",
              "-cp",
              classPath,
              "-d",
              to.toString());
      boolean good =
          compiler
              .getTask(said, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      assertThat(good).as(said.toString()).isTrue();
    }
  }
}
