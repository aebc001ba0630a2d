package io.leasehold.app.cli;

import io.leasehold.app.client.KvClient;
import java.io.IOException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv get}. */
@Command(
    name = "get",
    description = "Prints the value of a key.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv get greeting              the value and a line feed",
      "  leasehold kv get logo --raw > logo.png the bytes and nothing else",
      "  leasehold kv get greeting --json       with version, times and metadata",
      "",
      "Exit codes: 0 printed; 1 not found, not modified or refused; 2 wrong usage; 3 no server."
    })
final class KvGetCommand extends KvAsking {
  private static final int NOT_MODIFIED = 304;

  @Parameters(paramLabel = "KEY", description = "The key.")
  private String key = "";

  @Mixin private KvConditions conditions = new KvConditions();

  @Option(
      names = "--stale",
      description = "Also what the node cannot prove to be the newest; works without a database.")
  private boolean stale;

  /** How the value is shown. */
  static final class Form {
    @Option(names = "--raw", description = "The bytes of the value, without a line feed.")
    private boolean raw;

    @Option(names = "--json", description = "The answer as it came.")
    private boolean json;
  }

  @ArgGroup private Form form = new Form();

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    var request =
        client
            .request(KvClient.pathOf(key) + (stale ? "?consistency=stale" : ""))
            .header("Accept", form.json ? "application/json" : "application/octet-stream");
    conditions.addTo(request);
    var answer = client.send(request.GET());
    if (answer.statusCode() == NOT_MODIFIED) {
      System.err.println("not modified");
      return NO;
    }
    if (codeOf(answer.statusCode()) != 0 && !form.json) {
      return refused(answer);
    }
    write(answer.body());
    if (!form.raw) {
      print("");
    }
    return codeOf(answer.statusCode());
  }
}
