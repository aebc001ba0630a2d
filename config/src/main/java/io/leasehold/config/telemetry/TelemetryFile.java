package io.leasehold.config.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.value.Shown;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A file of telemetry as it was read: settings, and what is odd about them.
 *
 * @param name as it was given
 * @param text as it stands on the disk
 * @param tests fixtures, which a running sidecar does not look at
 * @param sha256 of the text, in hex
 */
public record TelemetryFile(
    String name,
    String text,
    String sha256,
    TelemetrySettings settings,
    List<FixtureSettings> tests,
    List<FileProblem> warnings) {
  private static final int MAX_BYTES = 1 << 20;

  /** More than any fixture may have. */
  private static final int MAX_DEPTH = 100;

  private static final Map<String, String> VARIABLES =
      Map.of(
          "SIDECAR_HOST", "tcp.host",
          "SIDECAR_PORT", "tcp.port",
          "SIDECAR_API_PORT", "admin.port",
          "SIDECAR_HOT_RELOAD", "hot_reload.enabled",
          "SIDECAR_CONFIG_WATCH_INTERVAL", "hot_reload.watch_interval",
          "MAX_CONNECTIONS", "tcp.max_connections");

  /**
   * Reads and checks a file. Blocks for the read.
   *
   * @param environment for {@code ${NAME}} and the variables that win over the file
   * @param overrides texts by path, which win over both
   * @throws TelemetryFileException with every mistake found
   */
  public static TelemetryFile read(
      Path file, Map<String, String> environment, Map<String, String> overrides)
      throws TelemetryFileException {
    byte[] bytes;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw broken(file, "has more than " + MAX_BYTES + " bytes");
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw broken(file, "cannot be read (" + e + ")");
    }
    String text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw broken(file, "is not UTF-8");
    }
    return parse(file.toString(), text, environment, overrides);
  }

  private static TelemetryFileException broken(Path file, String why) {
    return new TelemetryFileException(file.toString(), List.of(new FileProblem(0, 0, "", why)));
  }

  /** The same of a text that has been read already. */
  public static TelemetryFile parse(
      String name, String text, Map<String, String> environment, Map<String, String> overrides)
      throws TelemetryFileException {
    Map<String, String> winning = new HashMap<>();
    Map<String, String> variables = new HashMap<>();
    VARIABLES.forEach(
        (variable, path) -> {
          String value = environment.get(variable);
          if (value != null && !value.isEmpty()) {
            winning.put(path, value);
            if (!overrides.containsKey(path)) {
              variables.put(path, variable);
            }
          }
        });
    winning.putAll(overrides);
    var context = new YamlContext(environment, winning, variables);
    var reader = new TelemetryReader(context);
    var settings = reader.read(compose(name, text));
    var problems = context.problems();
    if (!problems.isEmpty()) {
      throw new TelemetryFileException(name, problems);
    }
    return new TelemetryFile(
        name, text, sha256(text), settings, reader.fixtures(), context.warnings());
  }

  private static @Nullable Node compose(String name, String text) throws TelemetryFileException {
    var settings =
        LoadSettings.builder()
            .setLabel(name)
            .setAllowDuplicateKeys(true) // told by us, with all other mistakes
            .setCodePointLimit(MAX_BYTES)
            .build();
    try {
      boundDepth(name, text, settings);
      Optional<Node> node = new Compose(settings).composeString(text);
      return node.orElse(null);
    } catch (MarkedYamlEngineException e) {
      var mark = e.getProblemMark();
      throw new TelemetryFileException(
          name,
          List.of(
              new FileProblem(
                  mark.map(each -> each.getLine() + 1).orElse(0),
                  mark.map(each -> each.getColumn() + 1).orElse(0),
                  "",
                  "is no YAML: " + Shown.value(String.valueOf(e.getProblem())))));
    } catch (YamlEngineException e) {
      throw new TelemetryFileException(
          name,
          List.of(
              new FileProblem(
                  0, 0, "", "is no YAML: " + Shown.value(String.valueOf(e.getMessage())))));
    }
  }

  /** The library makes its tree by recursion: what is nested deeper would end its thread. */
  private static void boundDepth(String name, String text, LoadSettings settings)
      throws TelemetryFileException {
    int depth = 0;
    for (Event each : new Parse(settings).parseString(text)) {
      if (each instanceof CollectionEndEvent) {
        depth--;
      } else if (each instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        var mark = each.getStartMark();
        throw new TelemetryFileException(
            name,
            List.of(
                new FileProblem(
                    mark.map(at -> at.getLine() + 1).orElse(0),
                    mark.map(at -> at.getColumn() + 1).orElse(0),
                    "",
                    "is nested more than " + MAX_DEPTH + " deep")));
      }
    }
  }

  /** Of the UTF-8 of a text, in hex. */
  public static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
