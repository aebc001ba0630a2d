package io.leasehold.config.load;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.leasehold.config.value.ConfigurationException;
import io.leasehold.config.value.Shown;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The {@code config.yaml} of key-value servers: sections {@code server}, {@code storage} and {@code
 * cluster}. Where the store listens and what it takes is read from it; everything else is noted and
 * has no effect here. Confined to one load.
 */
final class StoreYaml {
  /** How a value is written. */
  private enum Unit {
    AS_IS,
    /** A duration with its unit: a bare number would be nanoseconds there, milliseconds here. */
    DURATION
  }

  private record Rule(String target, Unit unit) {}

  private static final Map<String, Rule> RULES =
      Map.of(
          "server.host", new Rule("http.host", Unit.AS_IS),
          "server.port", new Rule("http.port", Unit.AS_IS),
          "server.max_body_size", new Rule("http.max-body", Unit.AS_IS),
          "server.idle_timeout", new Rule("http.idle-timeout", Unit.DURATION));

  /** A file of nothing but keys without effect could otherwise fill a log. */
  private static final int MAX_INFOS = 100;

  private static final Pattern WHOLE = Pattern.compile("[-+]?\\d+");

  /** Where the library begins to quote the file; what follows might be a secret. */
  private static final Pattern QUOTE = Pattern.compile("['\"`(<]|,? but found| [^ ]*\\d");

  private final Overlay overlay;
  private final String file;
  private int infos;

  /**
   * @param file its name, fit for a line
   */
  StoreYaml(Overlay overlay, String file) {
    this.overlay = overlay;
    this.file = file;
  }

  /**
   * Lays the file over.
   *
   * @throws ConfigurationException when its syntax is broken
   */
  void read(String text) {
    var root = composed(text);
    if (root == null || isNull(root)) {
      return;
    }
    if (!(root instanceof MappingNode sections)) {
      throw broken(root.getStartMark().map(StoreYaml::place).orElse(""), "the file must hold keys");
    }
    var seen = new HashSet<String>();
    for (NodeTuple section : sections.getValue()) {
      String name = name(section, "", seen);
      if (section.getValueNode() instanceof MappingNode keys) {
        for (NodeTuple key : keys.getValue()) {
          apply(name(key, name + ".", seen), key.getValueNode());
        }
      } else {
        apply(name, section.getValueNode());
      }
    }
    if (infos > MAX_INFOS) {
      overlay.info(file + ": " + (infos - MAX_INFOS) + " more keys without effect");
    }
  }

  private @Nullable Node composed(String text) {
    var settings =
        LoadSettings.builder()
            .setLabel(file)
            .setSchema(new CoreSchema()) // knows ~
            .setAllowDuplicateKeys(true) // told below, with its path
            .build();
    try {
      return new Compose(settings).composeString(text).orElse(null);
    } catch (MarkedYamlEngineException e) {
      throw broken(e.getProblemMark().map(StoreYaml::place).orElse(""), reason(e.getProblem()));
    } catch (YamlEngineException e) {
      throw broken("", "the text cannot be understood");
    }
  }

  private String name(NodeTuple tuple, String section, Set<String> seen) {
    Node key = tuple.getKeyNode();
    if (!(key instanceof ScalarNode scalar)) {
      throw broken(placeOf(key), "a key must be a text");
    }
    String name = section + scalar.getValue();
    if (!seen.add(name)) {
      throw broken(placeOf(key), Shown.value(name) + " is given twice");
    }
    return name;
  }

  private void apply(String path, Node value) {
    if (isNull(value)) {
      return; // as if it were absent
    }
    Rule rule = RULES.get(path);
    String place = file + placeOf(value);
    if (rule == null) {
      if (infos++ < MAX_INFOS) {
        overlay.info(Shown.value(path) + ": read, without effect (" + place + ")");
      }
    } else if (!(value instanceof ScalarNode scalar)) {
      overlay.problem(path, path + ": must be a single value", place);
    } else if (rule.unit == Unit.DURATION && WHOLE.matcher(scalar.getValue()).matches()) {
      overlay.problem(
          path,
          path
              + " = "
              + Shown.value(scalar.getValue())
              + ": must be a duration with its unit, such as 120s",
          place);
    } else {
      overlay.put(rule.target, value(scalar), place + ", " + path);
    }
  }

  private static ConfigValue value(ScalarNode scalar) {
    return ConfigValueFactory.fromAnyRef(scalar.getValue());
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static String placeOf(Node node) {
    return node.getStartMark().map(StoreYaml::place).orElse("");
  }

  private static String place(Mark mark) {
    return ": " + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
  }

  private ConfigurationException broken(String place, String reason) {
    return new ConfigurationException(file, file + place + ": not valid YAML: " + reason);
  }

  private static String reason(String problem) {
    var quote = QUOTE.matcher(problem);
    String shown = (quote.find() ? problem.substring(0, quote.start()) : problem).strip();
    return shown.isEmpty() ? "the text cannot be understood" : shown;
  }
}
