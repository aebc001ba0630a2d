package io.leasehold.app.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The series that dashboards and alerts may ask for. */
final class PromisedMetrics {
  private PromisedMetrics() {}

  /** The names of series, so those of a histogram with what follows its name. */
  static Set<String> series() throws IOException {
    try (var in = PromisedMetrics.class.getResourceAsStream("/deploy/metrics.txt")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" "))
          .flatMap(
              words ->
                  switch (words[1]) {
                    case "histogram" ->
                        Stream.of("_bucket", "_sum", "_count").map(end -> words[0] + end);
                    case "summary" -> Stream.of("", "_sum", "_count").map(end -> words[0] + end);
                    default -> Stream.of(words[0]);
                  })
          .collect(Collectors.toUnmodifiableSet());
    }
  }
}
