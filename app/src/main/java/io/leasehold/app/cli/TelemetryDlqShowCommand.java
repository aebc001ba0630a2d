package io.leasehold.app.cli;

import io.leasehold.streams.telemetry.deadletter.DeadLetterFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leasehold telemetry dlq show}. */
@Command(
    name = "show",
    description = "Prints dead letters as lines of JSON, the oldest first, from their files.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:the files cannot be read", "2:wrong usage"})
final class TelemetryDlqShowCommand implements Callable<Integer> {
  @Parameters(paramLabel = "BACKEND", description = "A backend, or a chain such as routing.a/main.")
  private String backend = "";

  @Option(names = "--reason", paramLabel = "R", description = "Only those with this reason.")
  private @Nullable String reason;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many.")
  private long limit = Long.MAX_VALUE;

  @Mixin private DeadLetterFolder folder = new DeadLetterFolder();

  @Override
  public Integer call() {
    long[] shown = {0};
    try {
      for (Path file : DeadLetterFiles.files(DeadLetterFiles.directory(folder.path(), backend))) {
        boolean more =
            DeadLetterFiles.read(
                file,
                (letter, line) -> {
                  if ((reason == null || reason.equals(letter.reason())) && shown[0] < limit) {
                    byte[] text = letter.line();
                    System.out.write(text, 0, text.length);
                    shown[0]++;
                  }
                  return shown[0] < limit;
                });
        if (!more) {
          break;
        }
      }
      System.out.flush();
      return 0;
    } catch (IOException e) {
      System.err.println(folder.path() + ": cannot be read (" + e + ")");
      return 1;
    }
  }
}
