package io.leasehold.app.cli;

import io.leasehold.app.client.EventStream;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code leasehold telemetry tap}. */
@Command(
    name = "tap",
    description = {
      "Prints messages as the running sidecar accepts them, one a line, until it is stopped with",
      "Ctrl-C. Secrets are hidden; what is more than tap.max_rate is skipped and counted on",
      "standard error."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped, or --limit was reached",
      "1:the sidecar refuses, or ends while it is watched",
      "2:wrong usage",
      "3:no sidecar can be reached"
    })
final class TelemetryTapCommand implements Callable<Integer> {
  private static final Duration SILENCE = Duration.ofSeconds(20);

  @Option(
      names = "--src",
      paramLabel = "NAME",
      description = "Only of this source; * stands for any characters.")
  private @Nullable String source;

  @Option(
      names = "--type",
      paramLabel = "TYPES",
      description = "Only these types, with commas between.")
  private @Nullable String type;

  @Option(
      names = "--min-level",
      paramLabel = "LEVEL",
      description = "No events below: debug, info, warn, error or fatal.")
  private @Nullable String minLevel;

  @Option(names = "--tid", paramLabel = "ID", description = "Only of this trace.")
  private @Nullable String trace;

  @Option(names = "--limit", paramLabel = "N", description = "End after so many messages.")
  private @Nullable Integer limit;

  @Mixin private AdminConnection connection = new AdminConnection();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    if (limit != null && limit < 1 && spec != null) {
      throw new ParameterException(
          spec.commandLine(), "--limit = " + limit + ": must be 1 or more");
    }
    HangUp.endWellOnInterrupt();
    KvClient client = connection.open();
    HttpResponse<InputStream> answer;
    try {
      answer = client.open(client.request(target()));
      if (answer.statusCode() != 200) {
        byte[] body = answer.body().readAllBytes();
        System.err.println(KvClient.messageOf(answer.statusCode(), body));
        return answer.statusCode() == 400 ? 2 : 1;
      }
    } catch (IOException e) {
      return connection.unreachable(client, e);
    }
    try (var stream = new EventStream(answer.body(), SILENCE)) {
      return print(stream);
    } catch (IOException e) {
      System.err.println("the sidecar has ended (" + e.getMessage() + ")");
      return 1;
    }
  }

  private int print(EventStream stream) throws IOException {
    int shown = 0;
    for (var event = stream.next(); event != null; event = stream.next()) {
      switch (event.name()) {
        case "message" -> {
          System.out.println(event.data());
          shown++;
        }
        case "skipped" -> System.err.println(event.data());
        default -> {
          System.err.println(event.name() + ": " + event.data());
          return 1;
        }
      }
      if (System.out.checkError()) {
        return 0; // whoever read it has seen enough
      }
    }
    if (limit != null && shown >= limit) {
      return 0;
    }
    System.err.println("the sidecar has ended");
    return 1;
  }

  private String target() {
    var target = new StringBuilder("/tap?");
    add(target, "src", source);
    add(target, "type", type);
    add(target, "min_level", minLevel);
    add(target, "tid", trace);
    add(target, "limit", limit == null ? null : limit.toString());
    return target.substring(0, target.length() - 1);
  }

  private static void add(StringBuilder target, String name, @Nullable String value) {
    if (value != null) {
      target.append(name).append('=').append(KvClient.encoded(value)).append('&');
    }
  }
}
