package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kv list}: all pages, each printed as it comes. */
@Command(
    name = "list",
    description = {
      "Prints keys in the order of their bytes, all of them: page by page, so it needs little",
      "memory. It is no snapshot: a key that comes or goes meanwhile may be there or not."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv list --prefix orders/            one key a line",
      "  leasehold kv list --prefix orders/ --values   key, tab, value with \\n for a line feed",
      "  leasehold kv list --json | head -3            one JSON object a line",
      "",
      "Exit codes: 0 all printed, also if there was none; 1 refused; 2 wrong usage; 3 no server,",
      "or it stopped in between."
    })
final class KvListCommand extends KvAsking {
  private static final int PAGE = 1_000;

  @Option(names = "--prefix", description = "Only keys that begin so.")
  private String prefix = "";

  @Option(names = "--limit", paramLabel = "N", description = "At most so many. Default: all.")
  private long limit = Long.MAX_VALUE;

  @Option(
      names = "--stale",
      description = "Also what the nodes cannot prove to be the newest; works without a database.")
  private boolean stale;

  /** What is shown of an entry. */
  static final class Form {
    @Option(names = "--values", description = "Key, tab, value.")
    private boolean values;

    @Option(names = "--json", description = "All there is, one JSON object a line.")
    private boolean json;
  }

  @ArgGroup private Form form = new Form();

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    if (limit < 1) {
      throw wrong("--limit = " + limit + ": must be 1 or more");
    }
    String cursor = null;
    for (long left = limit; left > 0; ) {
      var answer = client.send(client.request(target(Math.min(PAGE, left), cursor)).GET());
      if (codeOf(answer.statusCode()) != 0) {
        return refused(answer);
      }
      JsonNode page = JSON.readTree(answer.body());
      page.path("keys").forEach(key -> print(key.asText()));
      page.path("items").forEach(this::item);
      if (System.out.checkError()) {
        return 0; // whoever read it has seen enough
      }
      left -= page.path("count").asLong();
      if (!page.path("has_more").asBoolean()) {
        break;
      }
      cursor = page.path("next_cursor").asText();
    }
    return 0;
  }

  private String target(long count, @Nullable String cursor) {
    return "/api/v1/kv?prefix="
        + KvClient.encoded(prefix)
        + "&limit="
        + count
        + (form.json || form.values ? "" : "&keys_only=true")
        + (cursor == null ? "" : "&cursor=" + KvClient.encoded(cursor))
        + (stale ? "&consistency=stale" : "");
  }

  private void item(JsonNode item) {
    print(form.json ? item.toString() : item.path("key").asText() + '\t' + shown(item));
  }

  /** On one line: control characters escaped as in JSON, bytes that are no text in base64. */
  private static String shown(JsonNode item) {
    String value = item.path("value").asText();
    if (item.has("encoding")) {
      return "base64:" + value;
    }
    return value
        .replace("\\", "\\\\")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t");
  }
}
