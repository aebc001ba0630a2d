package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A message that its destination would not take, as it is kept: one line of JSON. Immutable.
 *
 * @param atMillis when it was given up, since the epoch
 * @param target name of the backend or of the chain that it was for
 * @param reason a word, such as {@code data_error}
 * @param error in the destination's words
 * @param attempts of delivery, 0 or more
 * @param generation of the configuration it was routed by, in the process that kept it
 * @param origin the first half of its ingest id
 * @param number the second half
 * @param message the line as the target would have got it, without a line feed
 */
public record DeadLetter(
    long atMillis,
    String target,
    String reason,
    String error,
    int attempts,
    int generation,
    long origin,
    long number,
    String message) {
  private static final int MAX_ERROR = 1_024;
  private static final int ID_LENGTH = 33;

  /** Its line, with the line feed. */
  public byte[] line() {
    var out = new StringBuilder(256 + message.length());
    out.append("{\"at\":").append(atMillis).append(",\"backend\":");
    string(out, target);
    out.append(",\"reason\":");
    string(out, reason);
    out.append(",\"error\":");
    string(out, error.length() > MAX_ERROR ? error.substring(0, MAX_ERROR) : error);
    out.append(",\"attempts\":").append(attempts).append(",\"generation\":").append(generation);
    out.append(",\"ingest_id\":\"").append(ingestId()).append("\",\"msg\":").append(message);
    return out.append("}\n").toString().getBytes(UTF_8);
  }

  /** The ingest id as people see it: 16 hexadecimal digits for each half. */
  public String ingestId() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(origin) + '-' + hex.toHexDigits(number);
  }

  /**
   * Reads a line back.
   *
   * @param from where it begins
   * @param to where it ends, its line feed left out
   * @return null if it is none, such as one that a crash has torn
   */
  public static @Nullable DeadLetter parse(byte[] text, int from, int to) {
    var json = new JsonText();
    json.begin(text, from, to);
    var read = new Reader(text);
    if (!json.accept('{')) {
      return null;
    }
    do {
      if (!json.name()) {
        return null;
      }
      String name = JsonText.decode(text, json.from(), json.to(), json.isEscaped());
      JsonText.Kind kind = json.value(0);
      if (kind == JsonText.Kind.BROKEN) {
        return null;
      }
      read.member(name, kind, json);
    } while (json.accept(','));
    return json.accept('}') && json.isAtEnd() ? read.letter() : null;
  }

  /** Collects the members of a line. */
  private static final class Reader {
    private final byte[] text;
    private long at;
    private String target = "";
    private String reason = "";
    private String error = "";
    private long attempts;
    private long generation;
    private String id = "";
    private @Nullable String message;

    Reader(byte[] text) {
      this.text = text;
    }

    /** One of another kind than it should be counts as absent; unknown ones do not matter. */
    void member(String name, JsonText.Kind kind, JsonText json) {
      boolean isNumber = kind == JsonText.Kind.NUMBER;
      boolean isString = kind == JsonText.Kind.STRING;
      switch (name) {
        case "at" -> at = isNumber ? whole(json) : -1;
        case "attempts" -> attempts = isNumber ? whole(json) : -1;
        case "generation" -> generation = isNumber ? whole(json) : -1;
        case "backend" -> target = isString ? string(json) : "";
        case "reason" -> reason = isString ? string(json) : "";
        case "error" -> error = isString ? string(json) : "";
        case "ingest_id" -> id = isString ? string(json) : "";
        case "msg" ->
            message =
                kind == JsonText.Kind.OBJECT
                    ? new String(text, json.from(), json.to() - json.from(), UTF_8)
                    : null;
        default -> {}
      }
    }

    private long whole(JsonText json) {
      String digits = new String(text, json.from(), json.to() - json.from(), UTF_8);
      return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : -1;
    }

    private String string(JsonText json) {
      return JsonText.decode(text, json.from(), json.to(), json.isEscaped());
    }

    @Nullable DeadLetter letter() {
      boolean whole =
          at >= 0
              && attempts >= 0
              && attempts <= Integer.MAX_VALUE
              && generation >= 0
              && generation <= Integer.MAX_VALUE
              && !target.isEmpty()
              && !reason.isEmpty()
              && id.length() == ID_LENGTH
              && id.matches("[0-9a-f]{16}-[0-9a-f]{16}");
      String line = message;
      return !whole || line == null
          ? null
          : new DeadLetter(
              at,
              target,
              reason,
              error,
              (int) attempts,
              (int) generation,
              HexFormat.fromHexDigitsToLong(id, 0, 16),
              HexFormat.fromHexDigitsToLong(id, 17, ID_LENGTH),
              line);
    }
  }

  private static void string(StringBuilder out, String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
