package io.leasehold.app.cli;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.RuleSettings;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.TlsKeys;
import io.leasehold.streams.telemetry.backend.Backend;
import io.leasehold.streams.telemetry.backend.BackendException;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leasehold telemetry check}. */
@Command(
    name = "check",
    description = "Validates a configuration of the sidecar and prints the routes it makes.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it can be used, and with --connect its backends too",
      "1:it cannot; one line for each mistake, or for each backend that does not open",
      "2:wrong usage"
    })
final class TelemetryCheckCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The configuration, in YAML.")
  private Path file = Path.of("sidecar.yaml");

  @Option(
      names = "--connect",
      description = {
        "Also opens each backend as 'run' would, and closes it: what is missing there is made.",
        "A directory in which a sidecar writes now is not to be had."
      })
  private boolean connect;

  @Override
  public Integer call() throws InterruptedException {
    TelemetryFile read;
    try {
      read = TelemetryFile.read(file, System.getenv(), Map.of());
      var tls = read.settings().tcp().tls();
      if (tls != null) {
        TlsKeys.read(read.name(), tls);
      }
    } catch (TelemetryFileException e) {
      e.problems().forEach(each -> System.err.println(each.text(e.file())));
      return 1;
    }
    read.warnings().forEach(each -> System.err.println("warning: " + each.text(read.name())));
    print(read.settings());
    return !connect || opens(read.settings()) ? 0 : 1;
  }

  private static boolean opens(TelemetrySettings settings) throws InterruptedException {
    var factory = BackendFactory.standard(Clock.system(), new SeriesShelf());
    boolean all = true;
    for (BackendSettings each : settings.backends().values()) {
      if (each.enabled()) {
        try (Backend backend = factory.create(each)) {
          backend.open();
          System.out.println("backend " + each.name() + ": opens");
        } catch (BackendException e) {
          System.err.println("backend " + each.name() + ": does not open: " + e.getMessage());
          all = false;
        }
      }
    }
    return all;
  }

  private static void print(TelemetrySettings settings) {
    System.out.println("telemetry on " + settings.tcp().host() + ":" + settings.tcp().port());
    settings
        .backends()
        .forEach(
            (name, each) ->
                System.out.println(
                    "backend " + name + ": " + each.type() + (each.enabled() ? "" : ", disabled")));
    settings.routing().forEach((source, rules) -> print("source " + source, rules, settings));
    print("every message", settings.global(), settings);
    if (settings.routing().isEmpty() && settings.global().isEmpty()) {
      System.out.println("no routes: every message will be dropped");
    }
  }

  private static void print(String who, List<RuleSettings> rules, TelemetrySettings settings) {
    for (RuleSettings each : rules) {
      var backend = settings.backends().get(each.backend());
      boolean counts = each.enabled() && backend != null && backend.enabled();
      System.out.println(
          who
              + " -> "
              + each.backend()
              + (each.failover() ? " (chain " + each.group() + ", " + each.priority() + ")" : "")
              + filter(each.filter())
              + (counts ? "" : " [disabled]"));
    }
  }

  private static String filter(RuleSettings.Filter filter) {
    var text = new StringBuilder();
    if (filter.types() != null) {
      text.append(", types ").append(String.join(" ", filter.types()));
    }
    if (filter.minLevel() != null) {
      text.append(", events from ").append(filter.minLevel());
    }
    filter
        .tags()
        .forEach((key, values) -> text.append(", ").append(key).append(" in ").append(values));
    if (filter.sample() < 1) {
      text.append(", a share of ").append(filter.sample());
    }
    if (!filter.redact().isEmpty()) {
      text.append(", without ").append(String.join(" ", filter.redact()));
    }
    return text.toString();
  }
}
