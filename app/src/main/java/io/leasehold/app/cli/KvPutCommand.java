package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv put}. */
@Command(
    name = "put",
    description = {
      "Writes a key: with the value given, with the bytes of a file, or with what comes from",
      "standard input. A deadline and metadata that were there are gone unless given again."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv put greeting hello --ttl 10m",
      "  leasehold kv put logo --file logo.png --metadata type=image/png",
      "  date | leasehold kv put last-run",
      "  leasehold kv put greeting hi --if-match 7 --keep-ttl",
      "",
      "Exit codes: 0 written; 1 refused, nothing was changed; 2 wrong usage; 3 no server, or it",
      "could not: 'outcome unknown' means that it may have been written."
    })
final class KvPutCommand extends KvAsking {
  private static final int MAX_VALUE_BYTES = 1 << 20;

  @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
  private String key = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VALUE",
      description = "The value. Default: all of standard input, as it comes.")
  private @Nullable String value;

  @Option(names = "--file", paramLabel = "FILE", description = "Take the value from a file.")
  private @Nullable Path file;

  @Option(
      names = "--ttl",
      converter = DurationConverter.class,
      description = "The key is gone after that: 500ms, 30s, 1m30s, 2h. Default: it stays.")
  private @Nullable Duration ttl;

  @Option(names = "--keep-ttl", description = "Keep the deadline the key has.")
  private boolean keepTtl;

  @Option(
      names = "--metadata",
      paramLabel = "NAME=VALUE",
      description = "Kept beside the value; may be repeated.")
  private Map<String, String> metadata = new LinkedHashMap<>();

  @Mixin private KvConditions conditions = new KvConditions();

  @Option(names = "--json", description = "Print the answer as it came.")
  private boolean json;

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    Duration length = ttl;
    if (value != null && file != null) {
      throw wrong("VALUE and --file exclude each other");
    }
    if (length != null && (keepTtl || length.isZero())) {
      throw wrong(keepTtl ? "--ttl and --keep-ttl exclude each other" : "--ttl must be above 0");
    }
    byte[] bytes = bytes();
    if (bytes.length > MAX_VALUE_BYTES) {
      System.err.println("value_too_large: a value has at most " + MAX_VALUE_BYTES + " bytes");
      return NO;
    }
    String query =
        length != null ? "?ttl_ms=" + length.toMillis() : keepTtl ? "?keep_ttl=true" : "";
    var request =
        client
            .request(KvClient.pathOf(key) + query)
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofByteArray(bytes));
    if (!metadata.isEmpty()) {
      request.header("X-KV-Metadata", JSON.writeValueAsString(metadata));
    }
    conditions.addTo(request);
    var answer = client.send(request);
    if (json) {
      print(new String(answer.body(), StandardCharsets.UTF_8));
      return codeOf(answer.statusCode());
    }
    if (codeOf(answer.statusCode()) != 0) {
      return refused(answer);
    }
    print(told(JSON.readTree(answer.body())));
    return 0;
  }

  private static String told(JsonNode answer) {
    String done = answer.path("created").asBoolean() ? "created" : "overwritten";
    String until =
        answer.has("expires_at")
            ? ", expires " + Instant.ofEpochSecond(answer.get("expires_at").asLong())
            : "";
    return done + ", version " + answer.path("version").asLong() + until;
  }

  /** One byte more than a value may have is enough to know that it is too large. */
  private byte[] bytes() throws IOException {
    if (value != null) {
      return value.getBytes(StandardCharsets.UTF_8);
    }
    if (file == null) {
      return System.in.readNBytes(MAX_VALUE_BYTES + 1);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_VALUE_BYTES + 1);
    } catch (IOException e) {
      throw wrong("--file = " + file + ": cannot be read (" + e.getMessage() + ")");
    }
  }
}
