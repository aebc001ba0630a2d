package io.leasehold.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The edges between the modules, and the rules of the house that a machine can check. */
class ArchitectureTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final int MAX_LINES = 400;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.leasehold");

  private static ArchRule never(String module, String... others) {
    String[] packages = new String[others.length];
    for (int i = 0; i < others.length; i++) {
      packages[i] = "io.leasehold." + others[i] + "..";
    }
    return noClasses()
        .that()
        .resideInAPackage("io.leasehold." + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages);
  }

  @TestFactory
  Stream<DynamicTest> edges() {
    Map<String, ArchRule> rules =
        Map.of(
            "domain depends on nothing of ours",
            never("domain", "config", "actors", "streams", "http", "app"),
            "config depends on nothing of ours",
            never("config", "domain", "actors", "streams", "http", "app"),
            "actors do not know the doors",
            never("actors", "streams", "http", "app"),
            "streams do not know http",
            never("streams", "http", "app"),
            "http does not know streams",
            never("http", "streams", "app"),
            "domain is JDK only",
            noClasses()
                .that()
                .resideInAPackage("io.leasehold.domain..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "io.leasehold.domain..", "org.jspecify.."),
            "the time comes from the clock",
            noClasses()
                .that()
                .haveNameNotMatching(".*\\.SystemClock")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis"),
            "nobody waits for a future",
            noClasses()
                .that()
                .resideOutsideOfPackages("io.leasehold.app.server..", "io.leasehold.app.cli..")
                .should()
                .callMethod(CompletableFuture.class, "get")
                .orShould()
                .callMethod(CompletableFuture.class, "join"));
    return rules.entrySet().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(CLASSES)));
  }

  @Test
  void theRulesNoticeAnEdgeThatShouldNotBe() {
    assertThat(never("streams", "actors").evaluate(CLASSES).hasViolation()).isTrue();
    assertThat(CLASSES).hasSizeGreaterThan(100);
  }

  @Test
  void topicsHaveNoCycles() {
    slices().matching("io.leasehold.actors.(journal)..").should().beFreeOfCycles().check(CLASSES);
  }

  /**
   * Of the modules; a file of sdk/ goes into other programs and depends on nothing, not even
   * annotations.
   */
  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> !file.startsWith(ROOT.resolve("sdk")))
          .filter(file -> file.toString().contains("/src/main/java/"))
          .filter(file -> file.toString().endsWith(".java"))
          .toList();
    }
  }

  @Test
  void noClassIsLongerThanAScreenOrTwo() throws IOException {
    for (Path file : sources()) {
      try (Stream<String> lines = Files.lines(file)) {
        assertThat(lines.count()).as(file.toString()).isLessThanOrEqualTo(MAX_LINES);
      }
    }
  }

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    for (Path file : sources()) {
      Path info = file.resolveSibling("package-info.java");
      assertThat(info).exists();
      assertThat(Files.readString(info)).contains("@NullMarked").startsWith("/**");
    }
  }

  @Test
  void exactlyOneLoggingProviderIsThere() {
    var providers = java.util.ServiceLoader.load(org.slf4j.spi.SLF4JServiceProvider.class);
    assertThat(providers.stream().count()).isEqualTo(1);
  }
}
