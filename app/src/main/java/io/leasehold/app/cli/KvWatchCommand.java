package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.app.client.EventStream;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kv watch}: one line of JSON per event, for as long as nobody stops it. */
@Command(
    name = "watch",
    description = {
      "Prints changes as they happen, one JSON object a line, until it is stopped. A lost",
      "connection is opened again behind the last event, so nothing is missed and nothing told",
      "twice; what the server cannot tell any more is a line with the event 'gap'."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv watch --prefix orders/",
      "  leasehold kv watch --key leader --events expire,delete --count 1 && take-over",
      "  leasehold kv watch --values | jq -r 'select(.event == \"put\") | .value'",
      "",
      "Every line has 'position': --position goes on behind that line, also days later.",
      "",
      "Exit codes: 0 --count was reached; 1 refused; 2 wrong usage, or a position that is none;",
      "3 no server at the start."
    })
final class KvWatchCommand extends KvAsking {
  private static final Duration SILENCE = Duration.ofSeconds(45);
  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  /** What is watched. */
  static final class Scope {
    @Option(names = "--key", description = "Only this key.")
    private @Nullable String key;

    @Option(names = "--prefix", description = "Only keys that begin so. Default: all keys.")
    private @Nullable String prefix;
  }

  @ArgGroup private Scope scope = new Scope();

  @Option(
      names = "--events",
      paramLabel = "KINDS",
      description = "Of put, delete and expire, with commas between. Default: all three.")
  private @Nullable String events;

  @Option(names = "--values", description = "With the value of each put.")
  private boolean values;

  @Option(names = "--position", description = "Begin behind this position. Default: now.")
  private @Nullable String position;

  @Option(names = "--count", paramLabel = "N", description = "End after so many changes.")
  private long count = Long.MAX_VALUE;

  private boolean begun;

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    if (count < 1) {
      throw wrong("--count = " + count + ": must be 1 or more");
    }
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      String why = "the server has closed the connection";
      try {
        var answer = client.open(client.request(target()).header("Accept", "text/event-stream"));
        if (answer.statusCode() != 200) {
          byte[] body = answer.body().readAllBytes();
          if (!begun || answer.statusCode() < 500) {
            return refused(answer.statusCode(), body);
          }
          why = KvClient.messageOf(answer.statusCode(), body);
        } else {
          try (var stream = new EventStream(answer.body(), SILENCE)) {
            String before = position;
            if (follow(stream)) {
              return 0;
            }
            pause = before == null || !before.equals(position) ? FIRST_PAUSE_MILLIS : pause;
          }
        }
      } catch (IOException e) {
        if (!begun) {
          throw e;
        }
        why = String.valueOf(e.getMessage());
      }
      System.err.println("watch interrupted (" + why + "), again in " + pause + " ms");
      new CountDownLatch(1).await(pause, TimeUnit.MILLISECONDS);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  private String target() {
    var target = new StringBuilder("/api/v1/watch?include_values=").append(values);
    add(target, "key", scope.key);
    add(target, "prefix", scope.prefix);
    add(target, "events", events);
    add(target, "position", position);
    return target.toString();
  }

  private static void add(StringBuilder target, String name, @Nullable String value) {
    if (value != null) {
      target.append('&').append(name).append('=').append(KvClient.encoded(value));
    }
  }

  /** Prints until the stream ends; whether nothing more is wanted then. */
  private boolean follow(EventStream stream) throws IOException {
    for (var event = stream.next(); event != null; event = stream.next()) {
      boolean first = !begun;
      begun = true;
      if (!event.id().isEmpty()) {
        position = event.id();
      }
      if (event.name().equals("bye") || (event.name().equals("ready") && !first)) {
        continue; // nothing that a reader of changes needs
      }
      print(line(event));
      if (System.out.checkError()) {
        return true; // whoever read it has seen enough
      }
      boolean change = !event.name().equals("ready") && !event.name().equals("gap");
      if (change && --count == 0) {
        return true;
      }
    }
    return false;
  }

  private static String line(EventStream.Event event) throws IOException {
    ObjectNode line = JSON.createObjectNode().put("event", event.name());
    if (JSON.readTree(event.data()) instanceof ObjectNode data) {
      line.setAll(data);
    }
    return line.put("position", event.id()).toString();
  }
}
