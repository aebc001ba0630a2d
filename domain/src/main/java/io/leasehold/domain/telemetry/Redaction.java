package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Hides the values of some keys at any depth, in any case of their letters. Immutable; safe for any
 * thread.
 */
public final class Redaction {
  private static final byte[] HIDDEN = "\"***\"".getBytes(UTF_8);

  private final Set<String> keys = new HashSet<>();

  /** Hides what stands under these keys. */
  public Redaction(Collection<String> keys) {
    keys.forEach(each -> this.keys.add(each.toLowerCase(Locale.ROOT)));
  }

  /** A valid object written anew, without blanks, so that it is one line whatever stood in it. */
  public String apply(byte[] line) {
    var out = new ByteArrayOutputStream(line.length);
    var json = new JsonText();
    json.begin(line, 0, line.length);
    new Writer(json, line, out).value();
    return out.toString(UTF_8);
  }

  /** Its depth is bounded by what validation lets through. */
  private final class Writer {
    private final JsonText json;
    private final byte[] line;
    private final ByteArrayOutputStream out;

    Writer(JsonText json, byte[] line, ByteArrayOutputStream out) {
      this.json = json;
      this.line = line;
      this.out = out;
    }

    void value() {
      switch (json.peek()) {
        case '{' -> object();
        case '[' -> array();
        default -> scalar();
      }
    }

    private void scalar() {
      int quote = json.value(0) == JsonText.Kind.STRING ? 1 : 0;
      out.write(line, json.from() - quote, json.to() - json.from() + 2 * quote);
    }

    private void object() {
      json.accept('{');
      int next = '{';
      if (!json.accept('}')) {
        do {
          out.write(next);
          next = ',';
          json.name();
          int from = json.from();
          int to = json.to();
          String name = JsonText.decode(line, from, to, json.isEscaped());
          out.write(line, from - 1, to - from + 2);
          out.write(':');
          if (keys.contains(name.toLowerCase(Locale.ROOT))) {
            json.value(0);
            out.writeBytes(HIDDEN);
          } else {
            value();
          }
        } while (json.accept(','));
        json.accept('}');
      } else {
        out.write('{');
      }
      out.write('}');
    }

    private void array() {
      json.accept('[');
      out.write('[');
      if (!json.accept(']')) {
        boolean first = true;
        do {
          if (!first) {
            out.write(',');
          }
          first = false;
          value();
        } while (json.accept(','));
        json.accept(']');
      }
      out.write(']');
    }
  }
}
