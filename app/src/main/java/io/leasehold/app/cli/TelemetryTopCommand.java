package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code leasehold telemetry top}. */
@Command(
    name = "top",
    description = {
      "Shows what went through the running sidecar in the last second, by source and by backend,",
      "drawn anew each second until it is stopped with Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped, or --count was reached",
      "1:the sidecar refuses to answer",
      "2:wrong usage",
      "3:no sidecar can be reached, or not any more"
    })
final class TelemetryTopCommand implements Callable<Integer> {
  private static final String FROM_THE_TOP = "\u001b[H\u001b[2J";

  @Option(names = "--count", paramLabel = "N", description = "End after so many pictures.")
  private int count = Integer.MAX_VALUE;

  @Option(
      names = "--sources",
      paramLabel = "N",
      description = "Show so many sources, the busiest first (default: ${DEFAULT-VALUE}).")
  private int sources = 15;

  @Mixin private AdminConnection connection = new AdminConnection();

  @Spec private @Nullable CommandSpec spec;

  @Override
  @SuppressWarnings("SystemConsoleNull") // from Java 22 on a pipe gets the escapes too
  public Integer call() throws InterruptedException {
    if ((count < 1 || sources < 1) && spec != null) {
      throw new ParameterException(spec.commandLine(), "--count and --sources: must be 1 or more");
    }
    HangUp.endWellOnInterrupt();
    @SuppressWarnings("SystemConsoleNull") // up to Java 21 it is null where no terminal is
    boolean redraws = System.console() != null;
    KvClient client = connection.open();
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        new CountDownLatch(1).await(1, TimeUnit.SECONDS);
      }
      JsonNode figures;
      try {
        HttpResponse<byte[]> answer = client.send(client.request("/top"));
        if (answer.statusCode() != 200) {
          System.err.println(KvClient.messageOf(answer.statusCode(), answer.body()));
          return 1;
        }
        figures = new ObjectMapper().readTree(answer.body());
      } catch (IOException e) {
        return connection.unreachable(client, e);
      }
      System.out.print((redraws ? FROM_THE_TOP : "") + picture(figures));
      if (System.out.checkError()) {
        return 0; // whoever read it has seen enough
      }
    }
    return 0;
  }

  private String picture(JsonNode figures) {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "received %,d/s   delivered %,d/s%n",
            figures.path("received_per_s").asLong(),
            figures.path("delivered_per_s").asLong()));
    text.append(
        String.format(
            Locale.ROOT,
            "%n%-32s %-10s %10s %10s %10s %9s %10s%n",
            "BACKEND",
            "BREAKER",
            "PER S",
            "IN FLIGHT",
            "ON DISK",
            "P99 MS",
            "DROPPED/S"));
    for (JsonNode each : figures.path("backends")) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-32s %-10s %,10d %,10d %,10d %9s %,10d%n",
              cut(each.path("name").asText()),
              each.path("state").asText(),
              each.path("per_s").asLong(),
              each.path("buffer").asLong(),
              each.path("lag").asLong(),
              each.path("p99_ms").isNumber() ? each.path("p99_ms").asText() : "-",
              each.path("dropped_per_s").asLong()));
    }
    text.append(
        String.format(
            Locale.ROOT, "%n%-32s %10s %12s %10s%n", "SOURCE", "PER S", "BYTES/S", "DROPPED/S"));
    int shown = 0;
    for (JsonNode each : figures.path("sources")) {
      if (shown++ == sources) {
        break;
      }
      text.append(
          String.format(
              Locale.ROOT,
              "%-32s %,10d %,12d %,10d%n",
              cut(each.path("src").asText()),
              each.path("per_s").asLong(),
              each.path("bytes_per_s").asLong(),
              each.path("dropped_per_s").asLong()));
    }
    text.append(
        String.format(Locale.ROOT, "%n%-32s %10s %12s%n", "DROPPED FOR", "PER S", "IN ALL"));
    for (JsonNode each : figures.path("drops")) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-32s %,10d %,12d%n",
              each.path("reason").asText(),
              each.path("per_s").asLong(),
              each.path("total").asLong()));
    }
    return text.toString();
  }

  /** Names are the clients' own: no control characters reach the terminal. */
  private static String cut(String name) {
    String plain = name.replaceAll("\\p{Cntrl}", "?");
    return plain.length() > 32 ? plain.substring(0, 31) + "+" : plain;
  }
}
