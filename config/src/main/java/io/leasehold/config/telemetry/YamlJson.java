package io.leasehold.config.telemetry;

import java.util.Locale;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Writes a node of YAML as JSON. Bounded, as aliases can make a small file large. */
final class YamlJson {
  private static final int MAX_CHARS = 1 << 17; // more than a line may have
  private static final int MAX_DEPTH = 80; // more than a message may have, so that it can be tested
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  private final YamlContext context;
  private final String path;
  private final StringBuilder out = new StringBuilder();
  private boolean tooLarge;

  private YamlJson(YamlContext context, String path) {
    this.context = context;
    this.path = path;
  }

  /** The JSON of a node; what is wrong with it is told to {@code context}. */
  static String text(Node node, YamlContext context, String path) {
    var writer = new YamlJson(context, path);
    writer.write(node, 0);
    if (writer.tooLarge) {
      context.problem(
          node, path, "has more than " + MAX_CHARS + " characters or a depth of " + MAX_DEPTH);
      return "{}";
    }
    return writer.out.toString();
  }

  private void write(Node node, int depth) {
    tooLarge |= depth > MAX_DEPTH || out.length() > MAX_CHARS;
    if (tooLarge) {
      return;
    }
    if (node instanceof MappingNode mapping) {
      char next = '{';
      for (NodeTuple each : mapping.getValue()) {
        out.append(next);
        next = ',';
        if (each.getKeyNode() instanceof ScalarNode key) {
          string(key.getValue());
        } else {
          context.problem(each.getKeyNode(), path, "a key must be a text");
        }
        out.append(':');
        write(each.getValueNode(), depth + 1);
      }
      out.append(next == '{' ? "{}" : "}");
    } else if (node instanceof SequenceNode sequence) {
      char next = '[';
      for (Node each : sequence.getValue()) {
        out.append(next);
        next = ',';
        write(each, depth + 1);
      }
      out.append(next == '[' ? "[]" : "]");
    } else if (node instanceof ScalarNode scalar) {
      scalar(scalar);
    }
  }

  private void scalar(ScalarNode scalar) {
    String value = scalar.getValue();
    Tag tag = scalar.getTag();
    boolean number = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
    if (YamlSection.isNull(scalar)) {
      out.append("null");
    } else if (tag.equals(Tag.BOOL)) {
      out.append(value.toLowerCase(Locale.ROOT));
    } else if (number && NUMBER.matcher(value).matches()) {
      out.append(value);
    } else {
      string(context.expand(scalar, path, value));
    }
  }

  private void string(String value) {
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
