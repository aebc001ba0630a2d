package io.leasehold.domain.telemetry;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a metric message says. Immutable.
 *
 * @param value a finite number
 * @param tags texts, numbers and truth values, as text
 */
public record MetricSample(String name, double value, Map<String, String> tags) {
  public MetricSample {
    tags = Map.copyOf(tags);
  }

  /**
   * Reads the {@code data} of a metric, the object at {@code line[from, to)}, which is valid.
   *
   * @return null if its value is no finite number, or its name has no text
   */
  public static @Nullable MetricSample of(byte[] line, int from, int to) {
    String name = null;
    double value = Double.NaN;
    Map<String, String> tags = new HashMap<>();
    var json = new JsonText();
    json.begin(line, from, to);
    if (!json.accept('{') || json.accept('}')) {
      return null;
    }
    do {
      json.name();
      String key = JsonText.decode(line, json.from(), json.to(), json.isEscaped());
      JsonText.Kind kind = json.value(1);
      switch (key) { // of duplicate keys the last counts
        case "name" -> name = text(kind, json, line);
        case "value" ->
            value =
                kind == JsonText.Kind.NUMBER
                    ? Double.parseDouble(JsonText.decode(line, json.from(), json.to(), false))
                    : Double.NaN;
        case "tags" ->
            tags =
                kind == JsonText.Kind.OBJECT
                    ? Tags.members(line, json.from(), json.to())
                    : Map.of();
        default -> {}
      }
    } while (json.accept(','));
    return name == null || !Double.isFinite(value) ? null : new MetricSample(name, value, tags);
  }

  private static @Nullable String text(JsonText.Kind kind, JsonText json, byte[] line) {
    return switch (kind) {
      case STRING -> JsonText.decode(line, json.from(), json.to(), json.isEscaped());
      case NUMBER, BOOLEAN -> JsonText.decode(line, json.from(), json.to(), false);
      case NULL, OBJECT, ARRAY, BROKEN -> null;
    };
  }
}
