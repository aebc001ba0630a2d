package io.leasehold.app.cli;

import io.leasehold.app.client.KvClient;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leasehold telemetry dlq replay}. */
@Command(
    name = "replay",
    description = {
      "Has a running sidecar deliver dead letters once more, past its rules. What the backend",
      "confirms is no dead letter any more; what it does not stays one."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all were confirmed",
      "1:some were not, or it could not be done",
      "2:wrong usage",
      "3:no sidecar can be reached"
    })
final class TelemetryDlqReplayCommand implements Callable<Integer> {
  @Mixin private DeadLetterOrder order = new DeadLetterOrder();

  @Option(names = "--to", paramLabel = "OTHER", description = "To this backend or chain instead.")
  private @Nullable String to;

  @Override
  public Integer call() throws InterruptedException {
    return order.run("/dlq/replay", to == null ? "" : "&to=" + KvClient.encoded(to), "replayed");
  }
}
