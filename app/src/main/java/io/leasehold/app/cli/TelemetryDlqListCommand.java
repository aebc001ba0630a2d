package io.leasehold.app.cli;

import io.leasehold.domain.telemetry.DeadLetterReport.Group;
import io.leasehold.streams.telemetry.deadletter.DeadLetterFiles;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code leasehold telemetry dlq list}. */
@Command(
    name = "list",
    description = "Counts dead letters by backend and reason, from their files.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:the files cannot be read", "2:wrong usage"})
final class TelemetryDlqListCommand implements Callable<Integer> {
  @Mixin private DeadLetterFolder folder = new DeadLetterFolder();

  @Override
  public Integer call() {
    List<Group> groups;
    try {
      groups = DeadLetterFiles.summary(folder.path());
    } catch (IOException e) {
      System.err.println(folder.path() + ": cannot be read (" + e + ")");
      return 1;
    }
    System.out.printf(
        Locale.ROOT,
        "%-24s %-16s %10s %14s  %s%n",
        "backend",
        "reason",
        "count",
        "bytes",
        "oldest");
    for (Group each : groups) {
      System.out.printf(
          Locale.ROOT,
          "%-24s %-16s %10d %14d  %s%n",
          each.target(),
          each.reason(),
          each.count(),
          each.bytes(),
          Instant.ofEpochMilli(each.oldestMillis()));
    }
    return 0;
  }
}
