package io.leasehold.app.cli;

import io.leasehold.app.bench.LoadPlan;
import io.leasehold.app.bench.LoadReport;
import io.leasehold.app.bench.LockLoad;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code leasehold bench locks}. */
@Command(
    name = "locks",
    description = {
      "Takes and gives back locks as fast as a server answers, and prints what it took.",
      "Each connection has keys of its own and always the same number of requests in flight.",
      "Every answer is checked. Client and server share the cores of the machine."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExample:%n",
    footer = {
      "  leasehold bench locks --connections 64 --pipeline 16 --seconds 20",
      "",
      "Exit codes: 0 all answers as expected, 1 others (the first is shown), 2 wrong usage,",
      "3 no server."
    })
final class BenchLocksCommand implements Callable<Integer> {
  @Mixin private Connection connection = new Connection();

  @Option(names = "--connections", description = "Default: ${DEFAULT-VALUE}.")
  private int connections = 64;

  @Option(
      names = "--pipeline",
      description = "Requests in flight on each, 1..512. Default: ${DEFAULT-VALUE}.")
  private int pipeline = 1;

  @Option(
      names = "--keys",
      description = "Keys of each connection, used in turn. Default: ${DEFAULT-VALUE}.")
  private int keys = 100;

  @Option(names = "--seconds", description = "Measured time. Default: ${DEFAULT-VALUE}.")
  private int seconds = 10;

  @Option(
      names = "--warmup",
      description = "Seconds before it that do not count. Default: ${DEFAULT-VALUE}.")
  private int warmup = 10;

  @Option(
      names = "--threads",
      description = "Threads of the load, 1 or 2. Default: ${DEFAULT-VALUE}.")
  private int threads = 1;

  @Option(names = "--json", description = "Print the result as one line of JSON.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Clock clock = Clock.system();

  @Override
  public Integer call() throws InterruptedException {
    LoadReport report;
    try {
      connection.open().close(); // says in plain words if nobody is there
      report = new LockLoad(plan(), clock).run(System.err::println);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      return LockCommand.ERROR;
    }
    System.out.println(json ? report.json() : report.text());
    if (report.isClean()) {
      return 0;
    }
    var unexpected = report.firstUnexpected();
    System.err.println(
        "first unexpected: " + (unexpected == null ? "nothing was answered" : unexpected));
    return LockCommand.NO;
  }

  private LoadPlan plan() throws IOException {
    var key = connection.apiKey();
    try {
      return new LoadPlan(
          connection.host(),
          connection.port(),
          connections,
          pipeline,
          keys,
          Duration.ofSeconds(warmup),
          Duration.ofSeconds(seconds),
          threads,
          key == null ? "" : key,
          Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX)
              + Long.toString(clock.wallMillis(), Character.MAX_RADIX));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
    }
  }
}
