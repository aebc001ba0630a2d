package io.leasehold.app.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One server process of a {@link LocalCluster}. One thread. */
final class LocalNode {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final int number;
  private final Path launcher;
  private final Path directory;
  private final List<String> sets;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private @Nullable Process process;

  /**
   * @param number 1 for the first
   * @param sets what stands behind {@code --set}
   */
  LocalNode(int number, Path launcher, Path directory, List<String> sets) {
    this.number = number;
    this.launcher = launcher;
    this.directory = directory;
    this.sets = List.copyOf(sets);
  }

  int number() {
    return number;
  }

  Path log() {
    return directory.resolve("server.log");
  }

  /** Starts the process; its output goes to {@link #log}. */
  void start(Map<String, String> environment) throws IOException {
    Files.createDirectories(directory);
    Files.deleteIfExists(directory.resolve("ports.json"));
    var command = new ArrayList<String>(List.of(launcher.toString(), "server"));
    for (String set : sets) {
      command.add("--set");
      command.add(set);
    }
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    environment.forEach(builder.environment()::putIfAbsent);
    process = builder.start();
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** -1 while it has not been started. */
  long pid() {
    return process == null ? -1 : process.pid();
  }

  /** As of a process that has ended. */
  int exitCode() {
    return process == null ? -1 : process.exitValue();
  }

  /** SIGTERM. */
  void stop() {
    if (process != null) {
      process.destroy();
    }
  }

  /** Waits for the end; kills what has not ended by then. */
  void awaitEnd(Duration patience) throws InterruptedException {
    if (process != null && !process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
    }
  }

  /** 0 while the node has not said it. */
  int port(String door) {
    try {
      Path ports = directory.resolve("ports.json");
      return Files.exists(ports) ? JSON.readTree(ports.toFile()).path(door).intValue() : 0;
    } catch (IOException e) {
      return 0; // just being written
    }
  }

  /** "ready", or why it is not. Blocking, a few seconds at most. */
  String readiness() throws InterruptedException {
    int port = port("monitor");
    if (!isAlive()) {
      return "ended";
    }
    if (port == 0) {
      return "starting";
    }
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ready"))
                  .timeout(PATIENCE)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      var body = JSON.readTree(answer.body());
      if (body.path("ready").booleanValue()) {
        return "ready";
      }
      return body.path("status").asText() + ": " + body.path("reason").asText();
    } catch (IOException e) {
      return "no answer";
    }
  }
}
