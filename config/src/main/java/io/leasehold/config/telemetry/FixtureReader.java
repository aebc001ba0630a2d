package io.leasehold.config.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads the fixtures of a file. Confined to one reading. */
final class FixtureReader {
  private final YamlContext context;

  FixtureReader(YamlContext context) {
    this.context = context;
  }

  List<FixtureSettings> read(@Nullable Node tests) {
    List<FixtureSettings> fixtures = new ArrayList<>();
    if (tests == null) {
      return fixtures;
    }
    if (!(tests instanceof SequenceNode list)) {
      context.problem(tests, "tests", "must be a list of fixtures");
      return fixtures;
    }
    int index = 0;
    for (Node each : list.getValue()) {
      var section = new YamlSection(context, "tests[" + index++ + ']', each);
      if (each instanceof MappingNode) {
        fixtures.add(fixture(section));
      }
    }
    return fixtures;
  }

  private FixtureSettings fixture(YamlSection section) {
    String name = section.required("name");
    Node input = section.at("input");
    var expect = section.section("expect");
    String dropped = expect.text("dropped");
    List<String> targets = expect.has("targets") ? expect.texts("targets", List.of()) : null;
    var messages = expect.section("message");
    Map<String, Map<String, String>> byTarget = new LinkedHashMap<>();
    for (String target : List.copyOf(messages.names())) {
      byTarget.put(target, values(messages.section(target)));
    }
    if (!(input instanceof MappingNode)) {
      section.problem("input", "must be a message, such as {src: a, type: event, data: {}}");
    }
    boolean isDropped = dropped != null;
    boolean hasCopies = targets != null || !byTarget.isEmpty();
    if (isDropped == hasCopies) {
      section.problem("expect", "must have either dropped, or targets, message or both");
    }
    expect.done();
    section.done();
    String text = input == null ? "{}" : YamlJson.text(input, context, section.path() + ".input");
    return new FixtureSettings(name, text, dropped, targets, byTarget);
  }

  private Map<String, String> values(YamlSection paths) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String path : List.copyOf(paths.names())) {
      Node value = paths.at(path);
      values.put(
          path, value == null ? "null" : YamlJson.text(value, context, paths.path() + '.' + path));
    }
    return values;
  }
}
