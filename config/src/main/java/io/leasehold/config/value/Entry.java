package io.leasehold.config.value;

import com.typesafe.config.ConfigObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One object of a list in a configuration, read by field. Confined to one thread. */
public final class Entry {
  private final String path;
  private final ConfigObject object;
  private final List<Problem> problems = new ArrayList<>();

  Entry(String path, ConfigObject object, List<String> fields) {
    this.path = path;
    this.object = object;
    for (var name : object.keySet().stream().sorted().toList()) {
      if (!fields.contains(name)) {
        var line = Suggestion.unknown(path + ".", name, fields);
        problems.add(new Problem(path, line));
      }
    }
  }

  /** Where the object stands, {@code access.keys[0]} for example. */
  public String path() {
    return path;
  }

  /** Whether the field is there. */
  public boolean has(String field) {
    return object.containsKey(field);
  }

  /** Whether the field names a file that holds the secret. */
  public boolean namesFile(String field) {
    var value = object.get(field);
    return value != null && Conversions.namesFile(value);
  }

  /** A text that must be there. */
  public String text(String field) {
    return read(field, Conversions::text, null, "", false);
  }

  /** A list of texts that must be there. */
  public List<String> texts(String field) {
    return read(field, Conversions::texts, null, List.of(), false);
  }

  /** A secret that must be there. */
  public Secret secret(String field) {
    return read(field, Conversions::secret, null, Secret.EMPTY, true);
  }

  /** A duration that may be left out. */
  public Duration duration(String field, Duration absent) {
    return read(field, Conversions::duration, absent, absent, false);
  }

  /** A truth value that may be left out. */
  public boolean flag(String field, boolean absent) {
    return read(field, Conversions::flag, absent, absent, false);
  }

  /** A whole number that may be left out. */
  public int integer(String field, int absent) {
    return read(field, Conversions::integer, absent, absent, false);
  }

  /** Notes what no record sees; the entry is then not made. */
  public void note(String text) {
    problems.add(new Problem(path, path + ": " + text));
  }

  List<Problem> problems() {
    return problems;
  }

  private <T> T read(
      String field,
      Conversions.Conversion<T> conversion,
      @Nullable T absent,
      T substitute,
      boolean secret) {
    var fieldPath = path + "." + field;
    var value = object.get(field);
    if (value == null) {
      if (absent != null) {
        return absent;
      }
      problems.add(new Problem(fieldPath, fieldPath + ": is required"));
      return substitute;
    }
    try {
      return conversion.convert(value);
    } catch (WrongValue e) {
      var shown = secret ? Secret.MASK : Shown.value(Conversions.shown(value));
      problems.add(new Problem(fieldPath, fieldPath + " = " + shown + ": " + e.expected()));
      return substitute;
    }
  }
}
