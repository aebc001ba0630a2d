package io.leasehold.app.deploy;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The Grafana dashboards as JSON, and the queries in them. */
public final class Dashboards {
  private static final Path FOLDER = KnownSettings.DEPLOY.resolve("grafana");
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final Pattern LABELS = Pattern.compile("\\{[^}]*}|\\[[^\\]]*]");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(by|without|on|ignoring) *\\([^)]*\\)");
  private static final Pattern NAME = Pattern.compile("\\b[a-zA-Z_:][\\w:]*\\b(?! *\\()");
  private static final Set<String> WORDS = Set.of("or", "and", "unless");

  private Dashboards() {}

  /** The files, in the order of the alphabet. */
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  static JsonNode read(Path file) throws IOException {
    return JSON.readTree(Files.readString(file));
  }

  /** The queries of one dashboard as Prometheus gets them for all nodes. */
  static List<String> queries(JsonNode dashboard) {
    var queries = new ArrayList<String>();
    for (var panel : dashboard.get("panels")) {
      for (var target : panel.path("targets")) {
        queries.add(target.get("expr").asText().replace("$instance", ".*"));
      }
    }
    return queries;
  }

  /** The queries of all dashboards as Prometheus gets them for all nodes. */
  public static List<String> queries() throws IOException {
    var queries = new ArrayList<String>();
    for (var file : files()) {
      queries.addAll(queries(read(file)));
    }
    return queries;
  }

  /** The names of the series that a query asks for. */
  static Set<String> metrics(String query) {
    var bare = GROUPING.matcher(LABELS.matcher(query).replaceAll(" ")).replaceAll(" ");
    var names = new TreeSet<String>();
    NAME.matcher(bare)
        .results()
        .map(found -> found.group())
        .filter(name -> !WORDS.contains(name))
        .forEach(names::add);
    return names;
  }
}
