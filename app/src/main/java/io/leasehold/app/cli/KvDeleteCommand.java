package io.leasehold.app.cli;

import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv delete}. */
@Command(
    name = "delete",
    aliases = "del",
    description = "Deletes a key. That it was not there is said, and is no failure.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv delete greeting",
      "  leasehold kv delete greeting --if-match 7   only if nobody changed it since",
      "",
      "Exit codes: 0 it is not there now; 1 refused, nothing was changed; 2 wrong usage;",
      "3 no server, or it could not: 'outcome unknown' means that it may have been deleted."
    })
final class KvDeleteCommand extends KvAsking {
  @Parameters(paramLabel = "KEY", description = "The key.")
  private String key = "";

  @Mixin private KvConditions conditions = new KvConditions();

  @Option(names = "--json", description = "Print the answer as it came.")
  private boolean json;

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    var request = client.request(KvClient.pathOf(key)).DELETE();
    conditions.addTo(request);
    var answer = client.send(request);
    if (json) {
      print(new String(answer.body(), StandardCharsets.UTF_8));
      return codeOf(answer.statusCode());
    }
    if (codeOf(answer.statusCode()) != 0) {
      return refused(answer);
    }
    var body = JSON.readTree(answer.body());
    print(
        body.path("existed").asBoolean()
            ? "deleted, version " + body.path("version").asLong()
            : "was not there");
    return 0;
  }
}
