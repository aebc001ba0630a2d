package io.leasehold.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image and the compose files, as far as they can be checked without an engine. */
class ContainerTest {
  private static final List<String> NODES = List.of("leasehold-1", "leasehold-2", "leasehold-3");
  private static final Path COMPOSE = KnownSettings.DEPLOY.resolve("compose");

  private static String containerfile() throws IOException {
    return Files.readString(KnownSettings.DEPLOY.resolve("container/Containerfile"));
  }

  /** The arguments of every instruction of a name, comments and line ends taken away. */
  private static List<String> instructions(String name) throws IOException {
    var text =
        containerfile()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .collect(Collectors.joining("\n"))
            .replaceAll("\\s*\\\\\\n\\s*", " ");
    return text.lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(name.length() + 1))
        .toList();
  }

  @Test
  void everythingThatIsCopiedIsThere() throws IOException {
    var copied = new TreeSet<String>();
    for (var arguments : instructions("COPY")) {
      if (!arguments.startsWith("--from=")) {
        var words = List.of(arguments.split(" "));
        copied.addAll(words.subList(0, words.size() - 1));
      }
    }
    assertThat(copied)
        .allSatisfy(path -> assertThat(KnownSettings.ROOT.resolve(path)).exists())
        .contains("bin/leasehold", "deploy/container/probe");
    // Maven reads the pom of each module
    var modules =
        Pattern.compile("<module>(.*)</module>")
            .matcher(Files.readString(KnownSettings.ROOT.resolve("pom.xml")))
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(modules)
        .isNotEmpty()
        .allMatch(module -> copied.contains(module) || copied.contains(module + "/pom.xml"));
  }

  @Test
  void theImageSetsWhatTheServerKnowsAndOpensItsPorts() throws IOException {
    var variables =
        Pattern.compile("(LEASEHOLD_\\w+)=")
            .matcher(String.join(" ", instructions("ENV")))
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(variables).hasSize(4).allMatch(KnownSettings::isVariable);
    assertThat(instructions("EXPOSE").get(0).split(" "))
        .containsExactly(
            IntStream.of(
                    KnownSettings.port("lock.port"),
                    KnownSettings.port("monitor.port"),
                    KnownSettings.port("monitor.debug-port"),
                    KnownSettings.port("management.port"),
                    KnownSettings.port("remoting.port"))
                .mapToObj(Integer::toString)
                .toArray(String[]::new));
  }

  @Test
  void itRunsAsANumberAndStartsTheLauncherItself() throws IOException {
    assertThat(instructions("USER")).containsExactly("10001:10001");
    assertThat(instructions("ENTRYPOINT")).containsExactly("[\"/opt/leasehold/bin/leasehold\"]");
    assertThat(instructions("CMD")).containsExactly("[\"server\"]");
    assertThat(instructions("HEALTHCHECK").get(0)).endsWith("CMD [\"/opt/leasehold/bin/probe\"]");
    assertThat(instructions("FROM")).allMatch(base -> base.matches("\\S+:\\d[\\w.-]+( AS build)?"));
    assertThat(Files.readString(KnownSettings.ROOT.resolve("bin/leasehold")))
        .contains("exec \"$java\"");
  }

  private static JsonNode compose() throws IOException {
    return Manifests.tree(Files.readString(COMPOSE.resolve("compose.yaml")));
  }

  /** A service with its merge keys followed; Jackson leaves those as they are. */
  private static JsonNode node(JsonNode compose, String name) {
    return compose.get("services").get(name);
  }

  private static Map<String, String> environment(JsonNode compose, String node) {
    var variables = new LinkedHashMap<String, String>();
    compose.get("x-environment").properties().forEach(v -> put(variables, v));
    node(compose, node)
        .get("environment")
        .properties()
        .forEach(
            v -> {
              if (!v.getKey().equals("<<")) {
                put(variables, v);
              }
            });
    return variables;
  }

  private static void put(Map<String, String> variables, Map.Entry<String, JsonNode> variable) {
    variables.put(variable.getKey(), variable.getValue().asText());
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  @Test
  void theNodesOfComposeNameEachOther() throws IOException {
    var compose = compose();
    for (var name : NODES) {
      var variables = environment(compose, name);
      assertThat(variables.keySet()).allMatch(KnownSettings::isVariable);
      assertThat(node(compose, name).get("hostname").asText()).isEqualTo(name);
      assertThat(variables)
          .containsEntry("LEASEHOLD_REMOTING_HOST", name)
          .containsEntry("LEASEHOLD_MANAGEMENT_HOST", name)
          .containsEntry("LEASEHOLD_CLUSTER_DISCOVERY", "config")
          .containsEntry(
              "LEASEHOLD_CLUSTER_CONTACT_POINTS",
              NODES.stream()
                  .map(node -> node + ":" + KnownSettings.port("management.port"))
                  .collect(Collectors.joining(",")))
          .containsEntry("LEASEHOLD_CLUSTER_REQUIRED_CONTACT_POINTS", "2");
      assertThat(texts(node(compose, name).get("ports")))
          .allMatch(port -> port.matches("127\\.0\\.0\\.1:\\d+:(8765|9765)"));
    }
  }

  @Test
  void everySecretAndVolumeOfComposeIsDefined() throws IOException {
    var compose = compose();
    var shared = compose.get("x-node");
    var secrets = texts(shared.get("secrets"));
    assertThat(names(compose.get("secrets"))).containsExactlyInAnyOrderElementsOf(secrets);
    var named = new TreeSet<String>();
    Pattern.compile("file:/run/secrets/([^\"\\s]+)")
        .matcher(Files.readString(COMPOSE.resolve("leasehold.conf")))
        .results()
        .forEach(found -> named.add(found.group(1)));
    assertThat(named).containsExactlyInAnyOrderElementsOf(secrets);
    var volumes = new TreeSet<String>();
    compose
        .get("services")
        .forEach(s -> texts(s.get("volumes")).forEach(v -> volumes.add(v.split(":")[0])));
    assertThat(names(compose.get("volumes"))).containsExactlyInAnyOrderElementsOf(volumes);
    assertThat(texts(shared.get("healthcheck").get("test")))
        .containsExactly("CMD", "/opt/leasehold/bin/probe", "/ready");
  }

  @Test
  void theServerTakesTheConfigurationOfCompose(@TempDir Path folder) throws IOException {
    var variables = environment(compose(), NODES.get(0));
    variables.put("LEASEHOLD_LOCK_HOST", "0.0.0.0");
    variables.put("LEASEHOLD_MONITOR_HOST", "0.0.0.0");
    var hocon = Files.readString(COMPOSE.resolve("leasehold.conf"));
    assertThat(ShippedConfig.load(hocon, folder, variables)).isEmpty();
    assertThat(ShippedConfig.load(hocon.replace("auth-required", "auth"), folder, variables))
        .isNotEmpty();
  }
}
