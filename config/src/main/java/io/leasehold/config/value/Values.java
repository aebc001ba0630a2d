package io.leasehold.config.value;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The effective values of all keys, read by path. A wrong value is noted once and its default takes
 * its place, so that the reading goes on and every mistake is found. Confined to one thread.
 */
public final class Values {
  private static final Set<String> SECRET_PATHS =
      Set.of(
          "lock.api-keys",
          "lock.admin-api-keys",
          "database.password",
          "access.keys",
          "gateway.jwt-secret",
          "gateway.jwt-previous-secrets",
          "gateway.encryption-keys");

  private final Map<String, ConfigValue> effective;
  private final Map<String, ConfigValue> defaults;
  private final Function<String, String> placeOf;
  private final Set<String> wrong = new HashSet<>();
  private final List<Problem> problems = new ArrayList<>();

  /**
   * Takes both maps with the same paths, those of {@code reference.conf}.
   *
   * @param placeOf where the value of a path was given, empty for a default
   */
  public Values(
      Map<String, ConfigValue> effective,
      Map<String, ConfigValue> defaults,
      Function<String, String> placeOf) {
    this.effective = Map.copyOf(effective);
    this.defaults = Map.copyOf(defaults);
    this.placeOf = placeOf;
  }

  /** A text, a number or a truth value, as written. */
  public String text(String path) {
    return read(path, Conversions::text);
  }

  /** A whole number of 32 bits; its range is for the record to check. */
  public int integer(String path) {
    return read(path, Conversions::integer);
  }

  /** A finite number. */
  public double decimal(String path) {
    return read(path, Conversions::decimal);
  }

  /** true, yes, on; false, no, off. */
  public boolean flag(String path) {
    return read(path, Conversions::flag);
  }

  /** A duration up to 100 years, possibly negative. */
  public Duration duration(String path) {
    return read(path, Conversions::duration);
  }

  /** A number of bytes, 0 or more; its range is for the record to check. */
  public long size(String path) {
    return read(path, Conversions::size);
  }

  /** 0 (off), auto or 1..65535. */
  public Port port(String path) {
    return read(path, Conversions::port);
  }

  /** The same, where an empty text means that another setting decides. */
  public Optional<Port> portIfAny(String path) {
    return read(path, Conversions::portIfAny);
  }

  /** An absolute path; a relative one counts from the working directory. */
  public Path path(String path) {
    return read(path, Conversions::path);
  }

  /** The same, where an empty text means none. */
  public @Nullable Path pathIfAny(String path) {
    return read(path, Conversions::pathIfAny).orElse(null);
  }

  /** One of the constants, written in lower case with dashes. */
  public <E extends Enum<E>> E choice(String path, Class<E> type) {
    return read(path, value -> Conversions.choice(value, type));
  }

  /** A secret in clear, or the content of the file that {@code file:/path} names. */
  public Secret secret(String path) {
    return read(path, Conversions::secret);
  }

  /**
   * A list of texts, each turned into something; also texts separated by commas.
   *
   * @param form what an element must look like, for the message
   * @param parser empty for an element that does not
   */
  public <T> List<T> items(String path, String form, Function<String, Optional<T>> parser) {
    return read(path, value -> Conversions.items(value, form, parser));
  }

  /** A list of secrets, none of them empty. */
  public List<Secret> secrets(String path) {
    return read(path, Conversions::secrets);
  }

  /**
   * A list of objects, each turned into a record.
   *
   * @param fields the only names an object may have
   */
  public <T> List<T> entries(String path, List<String> fields, Function<Entry, T> reader) {
    var list = read(path, Conversions::list);
    var records = new ArrayList<T>();
    var found = new ArrayList<Problem>();
    for (int i = 0; i < list.size(); i++) {
      var element = path + "[" + i + "]";
      if (list.get(i) instanceof ConfigObject object) {
        var entry = new Entry(element, object, fields);
        try {
          var made = reader.apply(entry);
          if (entry.problems().isEmpty()) {
            records.add(made);
          }
        } catch (ConfigurationException e) {
          // With a member of the wrong kind the record only complains about its substitute.
          if (entry.problems().isEmpty()) {
            found.addAll(e.found());
          }
        }
        found.addAll(entry.problems());
      } else {
        var shown = isSecret(path) ? Secret.MASK : Shown.value(rendered(list.get(i)));
        found.add(new Problem(element, element + " = " + shown + ": must be an object {...}"));
      }
    }
    if (found.isEmpty()) {
      return records;
    }
    found.forEach(this::note);
    wrong.add(path);
    return List.of();
  }

  /**
   * Reads one section. What its records refuse is noted, and their defaults take the place.
   *
   * @throws IllegalStateException when even the defaults are refused: a mistake in reference.conf
   */
  public <T> T section(Function<Values, T> reader) {
    var noted = new HashSet<String>();
    while (true) {
      try {
        return reader.apply(this);
      } catch (ConfigurationException e) {
        boolean progress = false;
        for (var problem : e.found()) {
          if (noted.add(problem.path())) {
            note(problem);
          }
          progress |= wrong.add(keyOf(problem.path()));
        }
        if (!progress) {
          // Two values that exclude each other: neither may stay.
          progress = wrong.addAll(siblings(e.found().get(0).path()));
        }
        if (!progress) {
          throw new IllegalStateException("the defaults are refused: " + e.getMessage(), e);
        }
      }
    }
  }

  /** Whether the value of this path was refused, so that a default stands for it. */
  public boolean isWrong(String path) {
    return wrong.contains(path);
  }

  /** Notes a mistake that only the whole configuration shows. */
  public void note(String path, Object value, String reason) {
    note(new Problem(path, path + " = " + Shown.value(value) + ": " + reason));
  }

  /** Everything noted so far, in the order of reading. */
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  /** Whether the value of this path must not be printed. */
  public static boolean isSecret(String path) {
    return SECRET_PATHS.contains(path);
  }

  /** A value on one line, in full; secrets are the caller's care. */
  public static String rendered(ConfigValue value) {
    return Conversions.shown(value);
  }

  /** A value on one line as the effective table has it: in full, every secret masked. */
  public static String masked(String path, ConfigValue value) {
    if (!isSecret(path) || path.equals("access.keys")) {
      return rendered(value); // the objects of access.keys mask their own secret members
    }
    if (value instanceof List<?> list) {
      return list.stream().map(element -> Secret.MASK).toList().toString();
    }
    return "".equals(value.unwrapped()) ? Shown.whole("") : Secret.MASK;
  }

  private <T> T read(String path, Conversions.Conversion<T> conversion) {
    var value = valueOf(path, wrong.contains(path) ? defaults : effective);
    try {
      return conversion.convert(value);
    } catch (WrongValue e) {
      if (!wrong.add(path)) {
        throw new IllegalStateException("the default of " + path + ": " + e.expected(), e);
      }
      if (!placeOf.apply(path).isEmpty()) { // else it follows another key, where it is told
        var shown = isSecret(path) ? Secret.MASK : Shown.value(rendered(value));
        note(new Problem(path, path + " = " + shown + ": " + e.expected()));
      }
      return read(path, conversion);
    }
  }

  private static ConfigValue valueOf(String path, Map<String, ConfigValue> values) {
    var value = values.get(path);
    if (value == null) {
      throw new IllegalArgumentException(path + ": reference.conf has no such key");
    }
    return value;
  }

  private void note(Problem problem) {
    var place = placeOf.apply(keyOf(problem.path()));
    var text = place.isEmpty() ? problem.text() : problem.text() + " (" + place + ")";
    problems.add(new Problem(problem.path(), text));
  }

  private List<String> siblings(String path) {
    var section = path.substring(0, path.lastIndexOf('.') + 1);
    return effective.keySet().stream().filter(key -> key.startsWith(section)).toList();
  }

  /** {@code access.keys[0].id} belongs to the key {@code access.keys}. */
  private static String keyOf(String path) {
    int bracket = path.indexOf('[');
    return bracket < 0 ? path : path.substring(0, bracket);
  }
}
