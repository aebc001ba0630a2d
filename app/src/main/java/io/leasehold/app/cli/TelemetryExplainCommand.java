package io.leasehold.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.app.client.KvClient;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.RouteExplainer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leasehold telemetry explain}. */
@Command(
    name = "explain",
    description = {
      "Says what would become of a line: whether it is valid, what each rule says of it, where it",
      "goes. Asks the running sidecar, which adds the state of its targets, or a file (-c)."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:at least one target gets it",
      "1:it would be dropped; or the file cannot be used, or the sidecar refuses to answer",
      "2:wrong usage",
      "3:no sidecar can be reached"
    })
final class TelemetryExplainCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "LINE",
      description = "One line of JSON; - reads it from standard input.")
  private String line = "-";

  @Option(
      names = "-c",
      paramLabel = "FILE",
      description = "By the rules of this file, without a running sidecar.")
  private @Nullable Path file;

  @Mixin private AdminConnection connection = new AdminConnection();

  @Override
  public Integer call() throws IOException, InterruptedException {
    // a byte more than a line may have: enough to be told that it is too long
    byte[] text =
        line.equals("-")
            ? System.in.readNBytes(MessageReader.MAX_LINE_BYTES + 1)
            : line.getBytes(UTF_8);
    return file == null ? ask(text) : explain(file, text);
  }

  private static int explain(Path file, byte[] text) {
    try {
      var read = TelemetryFile.read(file, System.getenv(), Map.of());
      Explanation found =
          new RouteExplainer(read.settings()).explain(text, Clock.system().wallMillis());
      found.lines().forEach(System.out::println);
      return found.isDelivered() ? 0 : 1;
    } catch (TelemetryFileException e) {
      e.problems().forEach(each -> System.err.println(each.text(e.file())));
      return 1;
    }
  }

  private int ask(byte[] text) throws InterruptedException {
    KvClient client = connection.open();
    HttpResponse<byte[]> answer;
    try {
      answer =
          client.send(
              client.request("/explain").POST(HttpRequest.BodyPublishers.ofByteArray(text)));
    } catch (IOException e) {
      return connection.unreachable(client, e);
    }
    if (answer.statusCode() != 200) {
      System.err.println(KvClient.messageOf(answer.statusCode(), answer.body()));
      return 1;
    }
    JsonNode body;
    try {
      body = new ObjectMapper().readTree(answer.body());
    } catch (IOException e) {
      System.err.println(client.address() + " is no sidecar: it answers without JSON");
      return 1;
    }
    body.path("lines").forEach(each -> System.out.println(each.asText()));
    body.path("targets").forEach(each -> System.out.println(state(each)));
    return body.path("targets").isEmpty() ? 1 : 0;
  }

  private static String state(JsonNode target) {
    var text =
        new StringBuilder("now ")
            .append(target.path("target").asText())
            .append(": buffer ")
            .append(target.path("buffer").asLong())
            .append(" messages, ")
            .append(target.path("buffer_bytes").asLong())
            .append(" bytes");
    target
        .path("backends")
        .properties()
        .forEach(
            each ->
                text.append("; ")
                    .append(each.getKey())
                    .append(" breaker ")
                    .append(each.getValue().asText()));
    return text.toString();
  }
}
