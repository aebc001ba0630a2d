package io.leasehold.app.cli;

import io.leasehold.app.log.Logging;
import io.leasehold.app.server.SidecarServer;
import io.leasehold.app.server.StartException;
import io.leasehold.config.log.LogFormat;
import io.leasehold.config.log.LogLevel;
import io.leasehold.config.log.LogSettings;
import io.leasehold.config.log.LoggedRequests;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.config.value.Shown;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leasehold telemetry run}. */
@Command(
    name = "run",
    description = {
      "Runs the sidecar until it is told to stop (SIGTERM or Ctrl-C). It takes JSON lines on",
      "tcp.port, 17000 unless the file says otherwise. Logs go to standard error."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped; what was received is delivered, or counted as dropped",
      "1:could not run: a mistake in the file, a port or the directory is taken",
      "2:wrong usage"
    })
final class TelemetryRunCommand implements Callable<Integer> {
  private static final String LEVELS = ": must be error, warn, info, debug or trace";

  @Parameters(paramLabel = "FILE", description = "Its configuration, in YAML.")
  private Path file = Path.of("sidecar.yaml");

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "./leasehold-data/telemetry",
      description = "What it keeps for itself (default: ${DEFAULT-VALUE}).")
  private Path dataDir = Path.of("leasehold-data", "telemetry");

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace. Default: LOG_LEVEL, then info.")
  private @Nullable String logLevel;

  @Override
  public Integer call() throws InterruptedException {
    var source = new TelemetryFileSource(file, System.getenv(), Map.of());
    try {
      source.read(); // its mistakes are told as they are, without a log around them
    } catch (TelemetryFileException e) {
      e.problems().forEach(each -> System.err.println(each.text(e.file())));
      return 1;
    }
    String fromEnvironment = Objects.requireNonNullElse(System.getenv("LOG_LEVEL"), "");
    LogLevel level = levelOf(logLevel == null ? fromEnvironment : logLevel);
    if (level == null && logLevel != null) {
      System.err.println("--log-level = " + Shown.value(logLevel) + LEVELS);
      return 2;
    }
    var logging =
        Logging.configureOnStandardError(
            new LogSettings(
                level == null ? LogLevel.INFO : level,
                LogFormat.TEXT,
                null,
                LoggedRequests.ERRORS,
                Duration.ofMillis(500)),
            "sidecar");
    Logger log = LoggerFactory.getLogger("leasehold.telemetry");
    if (level == null && !fromEnvironment.isEmpty()) { // others may have set it for their programs
      log.warn("LOG_LEVEL = {}{}; info counts", Shown.value(fromEnvironment), LEVELS);
    }
    var stop = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(stop), "leasehold-stop"));
    SidecarServer server;
    try {
      server = SidecarServer.start(source, dataDir, logging);
    } catch (StartException e) {
      log.error(e.getMessage());
      return 1;
    }
    HangUp.handle(server::reload);
    stop.await();
    log.info("stopping");
    server.close();
    return 0;
  }

  /** The level of this name, null if there is none. */
  private static @Nullable LogLevel levelOf(String name) {
    for (LogLevel each : LogLevel.values()) {
      if (each.name().equalsIgnoreCase(name)) {
        return each;
      }
    }
    return name.equalsIgnoreCase("warning") ? LogLevel.WARN : null;
  }

  private static void stopAndWait(CountDownLatch stop) {
    stop.countDown();
    try {
      new CountDownLatch(1).await(); // until main halts the process
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
