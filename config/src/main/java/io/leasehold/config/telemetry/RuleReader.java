package io.leasehold.config.telemetry;

import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the rules of routing. Confined to one reading. */
final class RuleReader {
  private static final List<String> TYPES =
      List.of("event", "metric", "progress", "resource", "span", "heartbeat", "trace");
  private static final List<String> LEVELS =
      List.of("debug", "info", "warn", "warning", "error", "err", "fatal", "critical");

  private final YamlContext context;
  private final Set<String> backends;

  /**
   * For one file.
   *
   * @param backends names that rules may use
   */
  RuleReader(YamlContext context, Set<String> backends) {
    this.context = context;
    this.backends = backends;
  }

  /** Reads a list of rules. */
  List<RuleSettings> read(String path, List<Node> nodes) {
    List<RuleSettings> rules = new ArrayList<>();
    Map<String, RuleSettings> chains = new LinkedHashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      String where = path + '[' + i + ']';
      if (!(node instanceof MappingNode)) {
        context.problem(node, where, "must be a rule, such as {backend: NAME}");
        continue;
      }
      var section = new YamlSection(context, where, node);
      RuleSettings rule = rule(section);
      rules.add(rule);
      if (rule.failover()) {
        RuleSettings first = chains.putIfAbsent(rule.group(), rule);
        if (first != null && !first.filter().equals(rule.filter())) {
          context.problem(
              node,
              where + ".filter",
              "must be equal for all rules of the chain \""
                  + rule.group()
                  + "\", or what arrives would depend on what is down");
        }
      }
    }
    return rules;
  }

  private RuleSettings rule(YamlSection section) {
    String backend = section.required("backend");
    if (!backend.isEmpty() && !backends.contains(backend)) {
      section.problem("backend", unknown(backend));
    }
    boolean failover =
        section.word("mode", "mirror", List.of("mirror", "failover")).equals("failover");
    var rule =
        new RuleSettings(
            backend,
            section.bool("enabled", true),
            section.integer("priority", 1, -1_000_000, 1_000_000),
            failover,
            section.text("group", "main"),
            filter(section.section("filter")),
            section.has("importance") ? section.integer("importance", 1, 0, 3) : null);
    section.done();
    return rule;
  }

  private String unknown(String backend) {
    String why = "unknown backend \"" + Shown.value(backend) + '"';
    if (backends.isEmpty()) {
      return why + "; the file has none";
    }
    var nearest = Suggestion.nearest(backend, backends);
    return nearest.isEmpty()
        ? why + "; there are " + String.join(", ", backends)
        : why + "; did you mean \"" + nearest.get() + "\"?";
  }

  private RuleSettings.Filter filter(YamlSection filter) {
    List<String> types = filter.has("types") ? words(filter, "types", TYPES) : null;
    String level = filter.has("min_level") ? filter.word("min_level", "info", LEVELS) : null;
    var settings =
        new RuleSettings.Filter(
            types,
            level,
            tags(filter.section("tags")),
            filter.fraction("sample", 1),
            paths(filter, filter.texts("redact", List.of())),
            rename(filter, filter.section("rename")));
    filter.done();
    return settings;
  }

  private static @Nullable List<String> words(YamlSection section, String key, List<String> words) {
    List<String> found = new ArrayList<>();
    for (String each : section.texts(key, List.of())) {
      String word = each.toLowerCase(Locale.ROOT);
      if (words.contains(word)) {
        found.add(word);
      } else {
        section.problem(key, Shown.value(each) + ": must be " + String.join(", ", words));
      }
    }
    return found;
  }

  private static Map<String, List<String>> tags(YamlSection tags) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String key : List.copyOf(tags.names())) {
      found.put(key, tags.texts(key, List.of()));
    }
    return found;
  }

  private static List<String> paths(YamlSection filter, List<String> paths) {
    for (String each : paths) {
      if (!isPath(each)) {
        filter.problem("redact", Shown.value(each) + ": a path begins with data., as data.ctx.key");
      }
    }
    return paths;
  }

  private static Map<String, String> rename(YamlSection filter, YamlSection rename) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String key : List.copyOf(rename.names())) {
      if (!isPath(key)) {
        filter.problem("rename", Shown.value(key) + ": a path begins with data., as data.ctx.key");
      }
      found.put(key, rename.text(key, ""));
    }
    return found;
  }

  private static boolean isPath(String path) {
    return path.startsWith("data.") && !path.endsWith(".") && !path.contains("..");
  }
}
