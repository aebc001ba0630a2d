package io.leasehold.domain.telemetry;

import java.util.HashMap;
import java.util.Map;

/** The tags of a message, as text. */
public final class Tags {
  private Tags() {}

  /**
   * The texts, numbers and truth values in the object {@code holder} of the object at {@code
   * line[from, to)}, which has been validated. What is nested deeper has no text.
   */
  public static Map<String, String> of(byte[] line, int from, int to, String holder) {
    Map<String, String> tags = new HashMap<>();
    var json = new JsonText();
    json.begin(line, from, to);
    if (!json.accept('{') || json.accept('}')) {
      return tags;
    }
    do {
      json.name();
      boolean here = JsonText.decode(line, json.from(), json.to(), json.isEscaped()).equals(holder);
      if (here && json.peek() == '{') {
        tags.clear(); // of duplicate keys the last counts
        read(json, line, tags);
      } else {
        json.value(1);
      }
    } while (json.accept(','));
    return tags;
  }

  /** The texts, numbers and truth values of the object at {@code line[from, to)} itself. */
  public static Map<String, String> members(byte[] line, int from, int to) {
    Map<String, String> members = new HashMap<>();
    var json = new JsonText();
    json.begin(line, from, to);
    read(json, line, members);
    return members;
  }

  private static void read(JsonText json, byte[] line, Map<String, String> tags) {
    json.accept('{');
    if (json.accept('}')) {
      return;
    }
    do {
      json.name();
      String name = JsonText.decode(line, json.from(), json.to(), json.isEscaped());
      switch (json.value(2)) {
        case STRING ->
            tags.put(name, JsonText.decode(line, json.from(), json.to(), json.isEscaped()));
        case NUMBER, BOOLEAN ->
            tags.put(name, JsonText.decode(line, json.from(), json.to(), false));
        case NULL, OBJECT, ARRAY, BROKEN -> tags.remove(name);
      }
    } while (json.accept(','));
    json.accept('}');
  }
}
