package io.leasehold.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code leasehold telemetry dlq drop}. */
@Command(
    name = "drop",
    description = "Has a running sidecar delete dead letters. Nothing brings them back.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:it could not be done",
      "2:wrong usage",
      "3:no sidecar can be reached"
    })
final class TelemetryDlqDropCommand implements Callable<Integer> {
  @Mixin private DeadLetterOrder order = new DeadLetterOrder();

  @Override
  public Integer call() throws InterruptedException {
    return order.run("/dlq/drop", "", "dropped");
  }
}
