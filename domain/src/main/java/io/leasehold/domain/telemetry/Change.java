package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a rule does to its copy of a message: hides values, gives members other names. A changed
 * copy is written anew, without blanks, in the order {@code v src ts type tid sid pid data}.
 * Immutable; safe for any thread.
 */
public final class Change {
  private static final byte[] HIDDEN = "\"***\"".getBytes(UTF_8);
  private static final MessageReader.Field[] ORDER = {
    MessageReader.Field.V,
    MessageReader.Field.SRC,
    MessageReader.Field.TS,
    MessageReader.Field.TYPE,
    MessageReader.Field.TID,
    MessageReader.Field.SID,
    MessageReader.Field.PID
  };

  /** A dotted path below the message, {@code *} for any one segment. */
  private record Path(List<String> segments, @Nullable String newName) {
    boolean mayLead(int depth, String name) {
      return depth < segments.size() && matches(depth, name);
    }

    boolean ends(int depth) {
      return depth == segments.size() - 1;
    }

    private boolean matches(int depth, String name) {
      String segment = segments.get(depth);
      return segment.equals("*") || segment.equals(name);
    }
  }

  private final List<Path> paths;

  /**
   * A change.
   *
   * @param redact paths whose value becomes {@code "***"}
   * @param rename paths to their new last name; skipped where that name is taken
   */
  public Change(List<String> redact, Map<String, String> rename) {
    List<Path> all = new ArrayList<>();
    redact.forEach(path -> all.add(new Path(List.of(path.split("\\.", -1)), null)));
    rename.forEach((path, name) -> all.add(new Path(List.of(path.split("\\.", -1)), name)));
    this.paths = List.copyOf(all);
  }

  /**
   * The message written anew in the order {@code v src ts type data tid sid pid}, without blanks,
   * with {@code data} in any case and ids only where they are not empty; without its line feed.
   */
  public static byte[] canonical(MessageReader message, byte[] line) {
    var out = new ByteArrayOutputStream(256);
    out.write('{');
    boolean first = true;
    for (MessageReader.Field field : ORDER) {
      if (message.isPresent(field)) {
        first = member(out, first, field);
        int quote = message.isString(field) ? 1 : 0;
        int from = message.from(field) - quote;
        out.write(line, from, message.to(field) + quote - from);
      }
      if (field == MessageReader.Field.TYPE) {
        member(out, first, MessageReader.Field.DATA);
        if (message.isObject(MessageReader.Field.DATA)) {
          var json = new JsonText();
          json.begin(
              line, message.from(MessageReader.Field.DATA), message.to(MessageReader.Field.DATA));
          new Writer(json, line, out).value(List.of(), 1);
        } else {
          out.writeBytes("{}".getBytes(UTF_8));
        }
      }
    }
    out.write('}');
    return out.toByteArray();
  }

  /** The changed line, without its line feed. */
  public byte[] apply(MessageReader message, byte[] line) {
    var out = new ByteArrayOutputStream(256);
    out.write('{');
    boolean first = true;
    for (MessageReader.Field field : ORDER) {
      if (message.isPresent(field)) {
        first = member(out, first, field);
        int quote = message.isString(field) ? 1 : 0;
        int from = message.from(field) - quote;
        out.write(line, from, message.to(field) + quote - from);
      }
    }
    if (message.isPresent(MessageReader.Field.DATA)) {
      member(out, first, MessageReader.Field.DATA);
      var json = new JsonText();
      json.begin(
          line, message.from(MessageReader.Field.DATA), message.to(MessageReader.Field.DATA));
      var below = paths.stream().filter(path -> path.mayLead(0, "data")).toList();
      new Writer(json, line, out).value(below, 1);
    }
    out.write('}');
    return out.toByteArray();
  }

  private static boolean member(
      ByteArrayOutputStream out, boolean first, MessageReader.Field field) {
    if (!first) {
      out.write(',');
    }
    out.writeBytes(('"' + field.name().toLowerCase(Locale.ROOT) + "\":").getBytes(UTF_8));
    return false;
  }

  /** Writes one value after the other; depth is bounded by what validation lets through. */
  private static final class Writer {
    private final JsonText json;
    private final byte[] line;
    private final ByteArrayOutputStream out;

    Writer(JsonText json, byte[] line, ByteArrayOutputStream out) {
      this.json = json;
      this.line = line;
      this.out = out;
    }

    void value(List<Path> below, int depth) {
      switch (json.peek()) {
        case '{' -> object(below, depth);
        case '[' -> array(below, depth);
        default -> scalar();
      }
    }

    private void scalar() {
      int quote = json.value(0) == JsonText.Kind.STRING ? 1 : 0;
      out.write(line, json.from() - quote, json.to() - json.from() + 2 * quote);
    }

    private void object(List<Path> below, int depth) {
      Set<String> names = below.stream().anyMatch(p -> p.newName != null) ? names() : Set.of();
      json.accept('{');
      out.write('{');
      if (!json.accept('}')) {
        boolean first = true;
        do {
          json.name();
          if (!first) {
            out.write(',');
          }
          first = false;
          int from = json.from();
          int to = json.to();
          String name = JsonText.decode(line, from, to, json.isEscaped());
          var here = below.stream().filter(path -> path.mayLead(depth, name)).toList();
          String newName = newName(here, depth, names);
          if (newName == null) {
            out.write(line, from - 1, to - from + 2);
          } else {
            out.writeBytes(quoted(newName));
          }
          out.write(':');
          child(here, depth);
        } while (json.accept(','));
        json.accept('}');
      }
      out.write('}');
    }

    private void array(List<Path> below, int depth) {
      json.accept('[');
      out.write('[');
      if (!json.accept(']')) {
        int index = 0;
        do {
          if (index > 0) {
            out.write(',');
          }
          String name = Integer.toString(index++);
          child(below.stream().filter(path -> path.mayLead(depth, name)).toList(), depth);
        } while (json.accept(','));
        json.accept(']');
      }
      out.write(']');
    }

    private void child(List<Path> here, int depth) {
      if (here.stream().anyMatch(path -> path.ends(depth) && path.newName == null)) {
        json.value(0);
        out.writeBytes(HIDDEN);
      } else {
        value(here, depth + 1);
      }
    }

    private static @Nullable String newName(List<Path> here, int depth, Set<String> names) {
      for (Path path : here) {
        String name = path.newName;
        if (path.ends(depth) && name != null && !names.contains(name)) {
          return name;
        }
      }
      return null;
    }

    /** The names of the object that comes next. */
    private Set<String> names() {
      Set<String> names = new HashSet<>();
      var ahead = json.copy();
      ahead.accept('{');
      if (!ahead.accept('}')) {
        do {
          ahead.name();
          names.add(JsonText.decode(line, ahead.from(), ahead.to(), ahead.isEscaped()));
          ahead.value(0);
        } while (ahead.accept(','));
      }
      return names;
    }

    private static byte[] quoted(String name) {
      var out = new StringBuilder(name.length() + 2).append('"');
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        if (c == '"' || c == '\\') {
          out.append('\\').append(c);
        } else if (c < 0x20) {
          out.append(String.format("\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
      return out.append('"').toString().getBytes(UTF_8);
    }
  }
}
