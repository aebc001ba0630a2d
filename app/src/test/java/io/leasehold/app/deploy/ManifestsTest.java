package io.leasehold.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Kubernetes files: every name is one of the API, and they fit each other and the server. */
@Timeout(value = 3, unit = TimeUnit.MINUTES) // the model of the API is large: many classes to load
class ManifestsTest {
  private static final Path FOLDER = KnownSettings.DEPLOY.resolve("kubernetes");
  private static final String KUSTOMIZATION = "kustomization.yaml";

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> !file.endsWith(KUSTOMIZATION)).sorted().toList();
    }
  }

  /** All files as one. */
  private static String text() throws IOException {
    var text = new StringBuilder();
    for (var file : files()) {
      text.append(Files.readString(file)).append("---\n");
    }
    return text.substring(0, text.length() - "---\n".length());
  }

  private static Manifests manifests() throws IOException {
    return Manifests.read(text());
  }

  @Test
  void everyFileIsWhatTheApiUnderstands() throws IOException {
    for (var file : files()) {
      assertThat(Manifests.read(Files.readString(file)).objects())
          .as(file.toString())
          .isNotEmpty()
          .allSatisfy(object -> assertThat(object.getMetadata().getNamespace()).isNull());
    }
  }

  @Test
  void theyFitEachOtherAndTheServer() throws IOException {
    assertThat(ManifestRules.problems(manifests())).isEmpty();
  }

  @Test
  void theKustomizationNamesEveryFile() throws IOException {
    var tree = Manifests.tree(Files.readString(FOLDER.resolve(KUSTOMIZATION)));
    var listed = new TreeSet<String>();
    tree.get("resources").forEach(resource -> listed.add(resource.asText()));
    assertThat(files().stream().map(file -> file.getFileName().toString()))
        .containsExactlyElementsOf(listed);
  }

  @Test
  void theReleaseIsTheSameEverywhere() throws IOException {
    var template = manifests().one(Deployment.class).getSpec().getTemplate();
    var tag =
        Manifests.tree(Files.readString(FOLDER.resolve(KUSTOMIZATION)))
            .at("/images/0/newTag")
            .asText();
    assertThat(template.getSpec().getContainers().get(0).getImage()).isEqualTo("leasehold:" + tag);
    assertThat(template.getMetadata().getAnnotations())
        .containsEntry("leasehold.io/app-version", tag);
    assertThat(Files.readString(KnownSettings.ROOT.resolve("pom.xml")))
        .contains("<version>" + tag + "</version>\n  <packaging>pom</packaging>");
  }

  @Test
  void theServerTakesTheConfiguration(@TempDir Path folder) throws IOException {
    var hocon = manifests().one(ConfigMap.class).getData().get("leasehold.conf");
    assertThat(ShippedConfig.load(hocon, folder, Map.of())).isEmpty();
    assertThat(ShippedConfig.load(hocon.replace("10s", "2h"), folder, Map.of()))
        .singleElement()
        .asString()
        .contains("lock.drain-timeout");
  }

  /** A mistake in a name or a type, as it is written. */
  @ParameterizedTest
  @CsvSource({
    "readinessProbe:, readinesProbe:, readinesProbe",
    "replicas: 3, replicas: three, replicas",
    "apiVersion: policy/v1, apiVersion: policy/v1beta1, policy/v1beta1",
    "value: 1g, value: 1, value",
    "'maxSkew: 1', 'maxSkew: 1\n          maxSkew: 2', Duplicate",
  })
  void aNameThatTheApiDoesNotHaveIsFound(String right, String wrong, String message)
      throws IOException {
    var broken = replaced(text(), right, wrong);
    assertThatThrownBy(() -> Manifests.read(broken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  /** A mistake that the API would take. */
  @ParameterizedTest
  @CsvSource({
    "port: management, port: managment, no port is called managment",
    "targetPort: lock, targetPort: locks, no port is called locks",
    "containerPort: 7626, containerPort: 8558, is not management.port",
    "LEASEHOLD_REMOTING_HOST, LEASEHOLD_REMOTE_HOST, unknown LEASEHOLD_REMOTE_HOST",
    "discovery = kubernetes, discover = kubernetes, unknown setting cluster.discover",
    "serviceAccountName: leasehold, serviceAccountName: default, no service account default",
    "enableServiceLinks: false, enableServiceLinks: true, would stop the start",
    "leasehold.io/app-version: , leasehold.io/version: , no such annotation",
    "terminationGracePeriodSeconds: 60, terminationGracePeriodSeconds: 30, shorter than preStop",
    "required-contact-points = 2, required-contact-points = 1, no majority",
    "'\"watch\"]', '\"delete\"]', get list and watch of pods",
    "/run/secrets/leasehold/lock-api-key, /run/secrets/lock-api-key, is not in",
    "'- podSelector:\n            matchLabels:\n              app: leasehold', '- podSelector: {}', open to others",
  })
  void aMistakeBetweenTheFilesIsFound(String right, String wrong, String message)
      throws IOException {
    var broken = Manifests.read(replaced(text(), right, wrong));
    assertThat(String.join("\n", ManifestRules.problems(broken)).replace(",", ""))
        .contains(message);
  }

  private static String replaced(String text, String right, String wrong) {
    assertThat(text).contains(right);
    return Pattern.compile(right, Pattern.LITERAL)
        .matcher(text)
        .replaceFirst(Matcher.quoteReplacement(wrong));
  }
}
