package io.leasehold.app.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The examples of a document, each a line that is asked and what comes of it, and whether what
 * comes is what the document says. Numbers that differ from run to run need not be the same ones,
 * but what a later example repeats of them is what came.
 */
final class Examples {
  /**
   * One of them.
   *
   * @param expected with the numbers of the document
   */
  record Example(String asked, String expected) {}

  private static final Pattern VERSIONS =
      Pattern.compile("(\"(?:current_)?version\":|version )(\\d+)");
  private static final Pattern PASSING =
      Pattern.compile(
          "(\"(?:created_at|updated_at|expires_at|ttl_ms)\":)\\d+|(\"watch_position\":)\"[^\"]+\"");

  private final Map<String, String> versions = new HashMap<>();

  /** Those in blocks that begin with a fence such as {@code ```kv}, under a heading. */
  static List<Example> of(Path document, String heading, String fence) throws IOException {
    String text = Files.readString(document);
    int from = text.indexOf("\n" + heading + "\n");
    if (from < 0) {
      throw new IllegalArgumentException(document + " has no heading " + heading);
    }
    var level = Pattern.compile("\n#{1," + heading.indexOf(' ') + "} ").matcher(text);
    String section = text.substring(from, level.find(from + 1) ? level.start() : text.length());
    var examples = new ArrayList<Example>();
    Matcher block =
        Pattern.compile("\n```" + fence + "\n(.*?)\n```", Pattern.DOTALL).matcher(section);
    while (block.find()) {
      for (String each : block.group(1).split("\n\n")) {
        int end = each.indexOf('\n');
        if (end > 0) {
          String asked = each.substring(0, end);
          examples.add(
              new Example(
                  asked.startsWith("$ ") ? asked.substring(2) : asked, each.substring(end + 1)));
        }
      }
    }
    return examples;
  }

  /** What is to be asked, with the versions that really came before. */
  String asked(Example example) {
    String asked = example.asked();
    for (var each : versions.entrySet()) {
      asked =
          asked.replaceAll(
              "(if_match\":|If-Match: \"|--if-match )" + each.getKey() + "\\b",
              "$1" + each.getValue());
    }
    return asked;
  }

  /** The answer as the document would have it; remembers the versions that came. */
  String asInDocument(Example example, String answer) {
    Matcher said = VERSIONS.matcher(example.expected());
    Matcher came = VERSIONS.matcher(answer);
    var text = new StringBuilder();
    int end = 0;
    while (said.find() && came.find()) {
      versions.put(said.group(2), came.group(2));
      text.append(answer, end, came.start(2)).append(said.group(2));
      end = came.end(2);
    }
    return withoutPassing(text.append(answer.substring(end)).toString());
  }

  /** Without what no document can know. */
  static String withoutPassing(String text) {
    return PASSING.matcher(text).replaceAll("$1$2_");
  }
}
