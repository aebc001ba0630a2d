package io.leasehold.config.value;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** From what stands in a configuration to what the code wants. */
final class Conversions {
  /** Far more than any key; stops a wrong path to a large file. */
  static final int MAX_SECRET_BYTES = 65_536;

  private static final String FILE_PREFIX = "file:";
  private static final Pattern INTEGER = Pattern.compile("[+-]?\\d{1,18}(?:\\.0{1,18})?");
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(?:\\d{1,30}(?:\\.\\d{0,30})?|\\.\\d{1,30})(?:[eE][+-]?\\d{1,3})?");

  private Conversions() {}

  /** One conversion, so that callers can share the handling of what is wrong. */
  @FunctionalInterface
  interface Conversion<T> {
    T convert(ConfigValue value) throws WrongValue;
  }

  static String text(ConfigValue value) throws WrongValue {
    return scalar(value, "must be a text");
  }

  static int integer(ConfigValue value) throws WrongValue {
    var expected = "must be a whole number, at most " + Integer.MAX_VALUE;
    var text = scalar(value, expected).strip();
    if (!INTEGER.matcher(text).matches()) {
      throw new WrongValue(expected);
    }
    int point = text.indexOf('.');
    long number = Long.parseLong(point < 0 ? text : text.substring(0, point));
    if (number < Integer.MIN_VALUE || number > Integer.MAX_VALUE) {
      throw new WrongValue(expected);
    }
    return (int) number;
  }

  static double decimal(ConfigValue value) throws WrongValue {
    var text = scalar(value, "must be a number").strip();
    if (!DECIMAL.matcher(text).matches()) {
      throw new WrongValue("must be a number");
    }
    return Double.parseDouble(text);
  }

  static boolean flag(ConfigValue value) throws WrongValue {
    var expected = "must be true or false";
    return switch (scalar(value, expected).strip().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> throw new WrongValue(expected);
    };
  }

  static Duration duration(ConfigValue value) throws WrongValue {
    var expected = "must be a duration such as 500ms, 5s or 1m30s";
    return Durations.parse(scalar(value, expected)).orElseThrow(() -> new WrongValue(expected));
  }

  static long size(ConfigValue value) throws WrongValue {
    var expected = "must be a size such as 512KiB, 8MiB or 4GiB";
    var text = scalar(value, expected).strip();
    try {
      long bytes = ConfigValueFactory.fromAnyRef(text).atKey("size").getBytes("size");
      if (bytes < 0) {
        throw new WrongValue(expected);
      }
      return bytes;
    } catch (ConfigException e) {
      throw new WrongValue(expected);
    }
  }

  static Port port(ConfigValue value) throws WrongValue {
    var text = scalar(value, Port.BOUND).strip();
    if (text.equals("auto")) {
      return Port.AUTO;
    }
    if (!INTEGER.matcher(text).matches()) {
      throw new WrongValue(Port.BOUND);
    }
    int number = integer(value);
    if (number < 0 || number > Port.MAX) {
      throw new WrongValue(Port.BOUND);
    }
    return new Port(number);
  }

  static Path path(ConfigValue value) throws WrongValue {
    var text = scalar(value, "must be a path");
    try {
      if (text.isBlank()) {
        throw new WrongValue("must be a path, not empty");
      }
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new WrongValue("must be a path");
    }
  }

  static Optional<Port> portIfAny(ConfigValue value) throws WrongValue {
    return "".equals(value.unwrapped()) ? Optional.empty() : Optional.of(port(value));
  }

  static Optional<Path> pathIfAny(ConfigValue value) throws WrongValue {
    return "".equals(value.unwrapped()) ? Optional.empty() : Optional.of(path(value));
  }

  static <E extends Enum<E>> E choice(ConfigValue value, Class<E> type) throws WrongValue {
    var names = Arrays.stream(type.getEnumConstants()).map(Conversions::nameOf).toList();
    var last = names.get(names.size() - 1);
    var expected =
        "must be " + String.join(", ", names.subList(0, names.size() - 1)) + " or " + last;
    int index = names.indexOf(scalar(value, expected).strip().toLowerCase(Locale.ROOT));
    if (index < 0) {
      throw new WrongValue(expected);
    }
    return type.getEnumConstants()[index];
  }

  static List<String> texts(ConfigValue value) throws WrongValue {
    var texts = new ArrayList<String>();
    for (var element : list(value)) {
      texts.add(scalar(element, "must be a list of texts"));
    }
    return texts;
  }

  /** Reads the file that a {@code file:} value names: blocks for one small read. */
  static Secret secret(ConfigValue value) throws WrongValue {
    var text = scalar(value, "must be a text");
    return new Secret(text.startsWith(FILE_PREFIX) ? content(text) : text);
  }

  static List<Secret> secrets(ConfigValue value) throws WrongValue {
    var secrets = new ArrayList<Secret>();
    for (var element : list(value)) {
      var secret = secret(element);
      if (secret.reveal().isBlank()) {
        throw new WrongValue("element " + secrets.size() + " is empty");
      }
      secrets.add(secret);
    }
    return secrets;
  }

  static <T> List<T> items(ConfigValue value, String form, Function<String, Optional<T>> parser)
      throws WrongValue {
    var items = new ArrayList<T>();
    for (var text : texts(value)) {
      items.add(
          parser
              .apply(text)
              .orElseThrow(
                  () -> new WrongValue("element " + Shown.value(text) + " must be " + form)));
    }
    return items;
  }

  static ConfigList list(ConfigValue value) throws WrongValue {
    if (value instanceof ConfigList list) {
      return list;
    }
    throw new WrongValue("must be a list");
  }

  /** Whether the value only names where the secret is. */
  static boolean namesFile(ConfigValue value) {
    return value.unwrapped() instanceof String text && text.startsWith(FILE_PREFIX);
  }

  private static String content(String reference) throws WrongValue {
    var name = reference.substring(FILE_PREFIX.length());
    var shown = Shown.value(name);
    try {
      // file:///run/x is the same as file:/run/x.
      var path = Path.of(name.startsWith("///") ? name.substring(2) : name);
      if (!Files.isRegularFile(path)) {
        throw new WrongValue("the file " + shown + " does not exist or is no regular file");
      }
      if (Files.size(path) > MAX_SECRET_BYTES) {
        throw new WrongValue("the file " + shown + " exceeds " + MAX_SECRET_BYTES + " bytes");
      }
      var secret = withoutLineEnd(Files.readString(path));
      if (secret.isBlank() || secret.chars().anyMatch(Character::isISOControl)) {
        throw new WrongValue("the file " + shown + " must hold one line that is not empty");
      }
      return secret;
    } catch (NoSuchFileException e) {
      throw new WrongValue("the file " + shown + " does not exist");
    } catch (IOException | InvalidPathException e) {
      // The message of a decoding error could quote the secret, so only its kind is told.
      throw new WrongValue("the file " + shown + " cannot be read: " + kindOf(e));
    }
  }

  private static String kindOf(Exception e) {
    return e.getClass().getSimpleName();
  }

  private static String withoutLineEnd(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  private static String nameOf(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The text as written: 007 stays 007. */
  private static String scalar(ConfigValue value, String expected) throws WrongValue {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> value.atKey("v").getString("v");
      case OBJECT, LIST, NULL -> throw new WrongValue(expected);
    };
  }

  /** A value on one line, for an error text or the effective table; structure as HOCON has it. */
  static String shown(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> Shown.whole(value.atKey("v").getString("v"));
      case NULL -> "null";
      case LIST ->
          ((ConfigList) value)
              .stream().map(Conversions::shown).collect(Collectors.joining(", ", "[", "]"));
      case OBJECT ->
          ((ConfigObject) value)
              .entrySet().stream()
                  .sorted(Map.Entry.comparingByKey())
                  .map(e -> Shown.whole(e.getKey()) + " = " + shownField(e.getKey(), e.getValue()))
                  .collect(Collectors.joining(", ", "{", "}"));
    };
  }

  private static String shownField(String name, ConfigValue value) {
    return name.equals("key") || name.equals("key-sha256") ? Secret.MASK : shown(value);
  }
}
