package io.leasehold.config.telemetry;

import io.leasehold.config.value.Durations;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Suggestion;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of the file. Each key that is asked for is known; what is left at {@link #done} is a
 * mistake. A wrong value is noted and stands for its default, so that all mistakes are found.
 */
final class YamlSection {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB|KB|MB|GB|K|M|G)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,18}");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,12}(\\.\\d{1,9})?");

  private final YamlContext context;
  private final String path;
  private final @Nullable Node node;

  /**
   * Where mistakes are told that belong to no key: of an absent section, what it would stand in.
   */
  private final @Nullable Node place;

  private final Map<String, NodeTuple> members = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();

  /** An absent section when {@code node} is null. */
  YamlSection(YamlContext context, String path, @Nullable Node node) {
    this(context, path, node, node);
  }

  private YamlSection(YamlContext context, String path, @Nullable Node node, @Nullable Node place) {
    this.place = place;
    this.context = context;
    this.path = path;
    this.node = node;
    if (node instanceof MappingNode mapping) {
      for (NodeTuple each : mapping.getValue()) {
        add(each);
      }
    } else if (node != null && !isNull(node)) {
      context.problem(node, path, "must be a mapping of keys to values");
    }
  }

  private void add(NodeTuple member) {
    if (!(member.getKeyNode() instanceof ScalarNode key)) {
      context.problem(member.getKeyNode(), path, "a key must be a text");
    } else if (members.putIfAbsent(key.getValue(), member) != null) {
      context.problem(key, pathOf(key.getValue()), "duplicate key");
    }
  }

  static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar
        && scalar.isPlain()
        && (scalar.getValue().isEmpty()
            || scalar.getValue().equals("~")
            || scalar.getValue().equalsIgnoreCase("null"));
  }

  String path() {
    return path;
  }

  @Nullable Node node() {
    return node;
  }

  YamlContext context() {
    return context;
  }

  private String pathOf(String key) {
    return path.isEmpty() ? key : path + '.' + key;
  }

  /** All keys that are there, for sections whose keys are names. */
  Set<String> names() {
    known.addAll(members.keySet());
    return members.keySet();
  }

  /** The node of a key, for the place of a mistake. */
  @Nullable Node keyNode(String key) {
    NodeTuple member = members.get(key);
    return member == null ? place : member.getKeyNode();
  }

  boolean has(String key) {
    return at(key) != null;
  }

  @Nullable Node at(String key) {
    known.add(key);
    NodeTuple member = members.get(key);
    return member == null || isNull(member.getValueNode()) ? null : member.getValueNode();
  }

  YamlSection section(String key) {
    Node value = at(key);
    return new YamlSection(context, pathOf(key), value, value == null ? place : value);
  }

  /** The elements of a list; one that is no list stands for a list of itself if it is a text. */
  List<Node> list(String key) {
    Node value = at(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    if (value instanceof ScalarNode) {
      return List.of(value);
    }
    context.problem(value, pathOf(key), "must be a list");
    return List.of();
  }

  List<String> texts(String key, List<String> standard) {
    if (at(key) == null) {
      return standard;
    }
    List<String> texts = new ArrayList<>();
    int index = 0;
    for (Node each : list(key)) {
      String where = pathOf(key) + '[' + index++ + ']';
      if (each instanceof ScalarNode scalar) {
        texts.add(context.expand(scalar, where, scalar.getValue()));
      } else {
        context.problem(each, where, "must be a text");
      }
    }
    return texts;
  }

  private @Nullable String raw(String key) {
    Node value = at(key);
    String override = context.override(pathOf(key));
    if (override != null) {
      return override;
    }
    if (value == null) {
      return null;
    }
    if (value instanceof ScalarNode scalar) {
      return context.expand(value, pathOf(key), scalar.getValue());
    }
    context.problem(value, pathOf(key), "must be a single value");
    return null;
  }

  private <T> T read(String key, T standard, String what, Function<String, @Nullable T> parse) {
    String text = raw(key);
    if (text == null) {
      return standard;
    }
    T value = parse.apply(text);
    if (value == null) {
      wrong(key, text, what);
      return standard;
    }
    return value;
  }

  private void wrong(String key, String text, String what) {
    context.wrong(at(key), pathOf(key), Shown.value(text) + ": " + what);
  }

  void problem(String key, String why) {
    Node value = at(key);
    context.problem(value == null ? keyNode(key) : value, pathOf(key), why);
  }

  void warning(String key, String why) {
    Node value = at(key);
    context.warning(value == null ? keyNode(key) : value, pathOf(key), why);
  }

  @Nullable String text(String key) {
    return raw(key);
  }

  String text(String key, String standard) {
    String text = raw(key);
    return text == null ? standard : text;
  }

  /** A text that must be there and not be empty. */
  String required(String key) {
    String text = raw(key);
    if (text == null || text.isEmpty()) {
      context.problem(place, pathOf(key), "is missing");
      return "";
    }
    return text;
  }

  int integer(String key, int standard, int min, int max) {
    return read(
        key,
        standard,
        "must be a whole number of " + min + ".." + max,
        text -> {
          if (!WHOLE.matcher(text).matches()) {
            return null;
          }
          long value = Long.parseLong(text);
          return value < min || value > max ? null : (int) value;
        });
  }

  /** 0 is off, auto takes a free one. */
  Port port(String key, int standard) {
    return read(
        key,
        new Port(standard),
        "must be 0 (off), auto or 1.." + Port.MAX,
        text -> {
          if (text.equals("auto")) {
            return Port.AUTO;
          }
          long value = WHOLE.matcher(text).matches() ? Long.parseLong(text) : -1;
          return value < 0 || value > Port.MAX ? null : new Port((int) value);
        });
  }

  double fraction(String key, double standard) {
    return read(
        key,
        standard,
        "must be a number of 0..1",
        text -> {
          double value = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : -1;
          return value < 0 || value > 1 ? null : value;
        });
  }

  boolean bool(String key, boolean standard) {
    return read(
        key,
        standard,
        "must be true or false",
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true", "yes", "on" -> Boolean.TRUE;
              case "false", "no", "off" -> Boolean.FALSE;
              default -> null;
            });
  }

  /** A bare number is seconds. */
  Duration duration(String key, Duration standard, Duration min, Duration max) {
    return read(
        key,
        standard,
        "must be a duration of " + Durations.text(min) + ".." + Durations.text(max),
        text -> {
          var value = parse(text);
          return value == null || value.compareTo(min) < 0 || value.compareTo(max) > 0
              ? null
              : value;
        });
  }

  static @Nullable Duration parse(String text) {
    return NUMBER.matcher(text).matches()
        ? Durations.parse(text + "s").orElse(null)
        : Durations.parse(text).orElse(null);
  }

  long size(String key, long standard, long min, long max) {
    return read(
        key,
        standard,
        "must be a size of " + min + ".." + max + " bytes, such as 64KiB, 10MiB",
        text -> {
          Matcher size = SIZE.matcher(text);
          if (!size.matches()) {
            return null;
          }
          var bytes =
              new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(unit(size.group(2))));
          boolean fits =
              bytes.compareTo(BigDecimal.valueOf(min)) >= 0
                  && bytes.compareTo(BigDecimal.valueOf(max)) <= 0;
          return fits ? bytes.longValue() : null;
        });
  }

  private static long unit(@Nullable String name) {
    return switch (name == null ? "" : name.toUpperCase(Locale.ROOT)) {
      case "KIB", "K" -> 1L << 10;
      case "MIB", "M" -> 1L << 20;
      case "GIB", "G" -> 1L << 30;
      case "KB" -> 1_000L;
      case "MB" -> 1_000_000L;
      case "GB" -> 1_000_000_000L;
      default -> 1;
    };
  }

  /** One of some words, in any case. */
  String word(String key, String standard, List<String> words) {
    return read(
        key,
        standard,
        "must be " + String.join(", ", words),
        text -> {
          String lower = text.toLowerCase(Locale.ROOT);
          return words.contains(lower) ? lower : null;
        });
  }

  /** Every key that nobody asked for is a mistake. */
  void done() {
    members.forEach(
        (key, member) -> {
          if (!known.contains(key)) {
            String line = Suggestion.unknown("", key, known);
            context.problem(
                member.getKeyNode(), pathOf(key), line.substring(line.indexOf(": ") + 2));
          }
        });
  }
}
