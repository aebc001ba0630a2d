package io.leasehold.app.e2e;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/**
 * What the conformance kit of the telemetry SDKs shares. Its cases, K1 to K15, are in {@link
 * SdkLinesIT}, {@link SdkTroubleIT}, {@link SdkAcknowledgedIT}, {@link SdkSidecarIT} and, K12,
 * {@link DurableIT}.
 */
final class SdkKit {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SdkKit() {}

  /** An SDK without a thread of its own works on only while the condition asks it something. */
  static void until(Callable<Boolean> condition) {
    await()
        .atMost(20, SECONDS)
        .pollDelay(0, MILLISECONDS)
        .pollInterval(2, MILLISECONDS)
        .until(condition);
  }

  /** Without what differs from run to run; fails if a line is not formed as the wire wants it. */
  static ObjectNode content(JsonNode line) {
    var keys = new TreeSet<String>();
    line.fieldNames().forEachRemaining(keys::add);
    assertThat(keys).contains("v", "src", "ts", "type", "data");
    assertThat(Set.of("v", "src", "ts", "type", "tid", "sid", "pid", "data")).containsAll(keys);
    assertThat(line.get("v")).isEqualTo(JSON.getNodeFactory().numberNode(1));
    assertThat(line.get("src").textValue()).isEqualTo("svc");
    assertThat(line.get("ts").isIntegralNumber()).isTrue();
    assertThat(line.get("ts").longValue())
        .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
    return ((ObjectNode) line.deepCopy()).without(List.of("v", "src", "ts"));
  }

  /** JSON with ' for ". */
  static JsonNode json(String text) {
    return parse(text.replace('\'', '"'));
  }

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  /** The texts of the events among them. */
  static List<String> texts(List<JsonNode> lines) {
    return lines.stream()
        .filter(line -> line.get("type").textValue().equals("event"))
        .map(line -> line.at("/data/msg").textValue())
        .toList();
  }

  static List<String> numbered(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "m " + i).toList();
  }
}
