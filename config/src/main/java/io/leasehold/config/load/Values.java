package io.leasehold.config.load;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.leasehold.config.Port;
import io.leasehold.config.access.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Reads values by path, checks them, and collects every mistake instead of stopping at the first. A
 * wrong value is replaced by its default so that reading can go on. Not thread safe.
 */
public final class Values {
  private static final int MAX_SHOWN = 64;
  private static final String FILE = "file:";

  private final Config config;
  private final Config defaults;
  private final List<String> problems = new ArrayList<>();

  /** Reads from {@code config}, which is complete, and falls back to {@code defaults}. */
  Values(Config config, Config defaults) {
    this.config = config;
    this.defaults = defaults;
  }

  /** One line for each mistake so far. */
  List<String> problems() {
    return problems;
  }

  /** Adds a mistake that concerns more than one value. */
  public void problem(String line) {
    problems.add(line);
  }

  public String text(String path) {
    return read(
        path,
        "must not be empty",
        source -> {
          String text = source.getString(path);
          return text.isEmpty() ? null : text;
        });
  }

  public String textOrEmpty(String path) {
    return read(path, "must be a text", source -> source.getString(path));
  }

  public String oneOf(String path, List<String> words) {
    return read(
        path,
        "must be "
            + String.join(", ", words.subList(0, words.size() - 1))
            + " or "
            + words.get(words.size() - 1),
        source -> {
          String word = source.getString(path).toLowerCase(Locale.ROOT);
          return words.contains(word) ? word : null;
        });
  }

  public boolean bool(String path) {
    return read(path, "must be true or false", source -> source.getBoolean(path));
  }

  public int integer(String path, int min, int max) {
    String rule =
        max == Integer.MAX_VALUE
            ? "must be a whole number, " + min + " or more"
            : "must be a whole number from " + min + " to " + max;
    return read(
        path,
        rule,
        source -> {
          double number = source.getDouble(path);
          return number == Math.rint(number) && number >= min && number <= max
              ? (int) number
              : null;
        });
  }

  /** A number above 0 up to 1. */
  public double share(String path) {
    return read(
        path,
        "must be a number above 0 up to 1",
        source -> {
          double share = source.getDouble(path);
          return share > 0 && share <= 1 ? share : null;
        });
  }

  public Duration duration(String path, Duration min, Duration max) {
    return read(
        path,
        "must be a duration from " + shown(min) + " to " + shown(max) + ", such as 500ms or 5s",
        source -> {
          Duration duration = Durations.parse(source, path);
          return duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0 ? duration : null;
        });
  }

  public Port port(String path) {
    return read(
        path,
        "must be 0 (off), 1..65535 or auto",
        source -> {
          if (source.getString(path).equals("auto")) {
            return Port.AUTO;
          }
          double number = source.getDouble(path);
          return number == Math.rint(number) && number >= 0 && number <= Port.MAX
              ? new Port((int) number, false)
              : null;
        });
  }

  public Secret secret(String path) {
    return resolve(path, textOrEmpty(path));
  }

  public List<Secret> secrets(String path) {
    List<String> texts =
        read(path, "must be a list of texts", source -> source.getStringList(path));
    var secrets = new ArrayList<Secret>();
    for (String text : texts) {
      if (text.isEmpty()) {
        problem(path + ": must not contain an empty key");
      } else {
        secrets.add(resolve(path, text));
      }
    }
    return List.copyOf(secrets);
  }

  private Secret resolve(String path, String text) {
    if (!text.startsWith(FILE)) {
      return new Secret(text);
    }
    Path file = Path.of(text.substring(FILE.length()));
    try {
      return new Secret(Files.readString(file, StandardCharsets.UTF_8).stripTrailing());
    } catch (IOException e) {
      problem(
          path
              + " = "
              + shown(text)
              + ": file cannot be read ("
              + e.getClass().getSimpleName()
              + ")");
      return new Secret("");
    }
  }

  private <T> T read(String path, String rule, Function<Config, T> reader) {
    T value = null;
    try {
      value = reader.apply(config);
    } catch (ConfigException e) {
      // of a wrong type: said below
    }
    if (value != null) {
      return value;
    }
    problem(path + " = " + shown(path, config) + ": " + rule);
    return reader.apply(defaults);
  }

  private static String shown(String path, Config config) {
    return SecretPaths.isSecret(path)
        ? Secret.MASK
        : shown(String.valueOf(config.getValue(path).unwrapped()));
  }

  private static String shown(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  /** A foreign text as it may stand in a message: cut, and on one line. */
  public static String shown(String text) {
    var shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), MAX_SHOWN); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) ? String.format("\\u%04x", (int) c) : c);
    }
    return text.length() > MAX_SHOWN ? shown + "..." : shown.toString();
  }
}
