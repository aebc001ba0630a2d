package io.leasehold.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.telemetry.FixtureSettings;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.Fixture;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.RouteExplainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code leasehold telemetry test}. */
@Command(
    name = "test",
    description = "Runs the fixtures that a configuration of the sidecar has in 'tests'.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all are met",
      "1:the file cannot be used, or a fixture fails",
      "2:wrong usage"
    })
final class TelemetryTestCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The configuration, in YAML.")
  private Path file = Path.of("sidecar.yaml");

  @Override
  public Integer call() {
    TelemetryFile read;
    try {
      read = TelemetryFile.read(file, System.getenv(), Map.of());
    } catch (TelemetryFileException e) {
      e.problems().forEach(each -> System.err.println(each.text(e.file())));
      return 1;
    }
    var routes = new RouteExplainer(read.settings());
    int failed = 0;
    for (FixtureSettings each : read.tests()) {
      Fixture fixture = RouteExplainer.fixture(each);
      long now = Clock.system().wallMillis();
      Explanation found = routes.explain(fixture.line(now).getBytes(UTF_8), now);
      List<String> differences = fixture.differences(found);
      System.out.println((differences.isEmpty() ? "ok      " : "failed  ") + fixture.name());
      if (!differences.isEmpty()) {
        failed++;
        differences.forEach(line -> System.out.println("  " + line));
        found.lines().forEach(line -> System.out.println("    " + line));
      }
    }
    System.out.println(read.tests().size() - failed + " ok, " + failed + " failed");
    return failed == 0 ? 0 : 1;
  }
}
