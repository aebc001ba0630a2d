package io.leasehold.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A server in a JVM of its own, as the launcher would start it, on ports that the system picks. */
final class ServerProcess implements AutoCloseable {

  final Path dataDir;
  final Path log;
  final Process process;

  private ServerProcess(Path dataDir, Path log, Process process) {
    this.dataDir = dataDir;
    this.log = log;
    this.process = process;
  }

  /** Starts it and does not wait. */
  static ServerProcess launch(Path dataDir, String... sets) throws IOException {
    return launch(dataDir, Map.of(), sets);
  }

  /** The same with more in its environment. */
  static ServerProcess launch(Path dataDir, Map<String, String> environment, String... sets)
      throws IOException {
    var command = new ArrayList<>(FastStart.java("512m"));
    command.add("server");
    for (String port :
        List.of(
            "lock.port",
            "monitor.port",
            "monitor.debug-port",
            "http.port",
            "remoting.port",
            "management.port")) {
      command.addAll(List.of("--set", port + "=auto"));
    }
    command.addAll(List.of("--set", "data-dir=" + dataDir));
    boolean observed = Arrays.stream(sets).anyMatch(set -> set.startsWith("telemetry."));
    command.addAll(
        List.of("--set", "telemetry.enabled=" + observed)); // starts and stops are quicker
    for (String set : sets) {
      command.addAll(List.of("--set", set));
    }
    Files.createDirectories(dataDir);
    Path ports = dataDir.resolve("ports.json");
    Files.deleteIfExists(ports);
    Path log = Files.createTempFile(Path.of("target"), "server", ".log");
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())));
    builder.environment().putAll(environment);
    return new ServerProcess(dataDir, log, builder.start());
  }

  /** Starts it and waits until it is ready. */
  static ServerProcess start(Path dataDir, String... sets) throws IOException {
    ServerProcess server = launch(dataDir, sets);
    server.awaitReady();
    return server;
  }

  /** Waits until it is ready; ends it if it is not in time. */
  void awaitReady() throws IOException {
    try {
      Awaitility.await()
          .atMost(90, TimeUnit.SECONDS)
          .until(() -> output().contains(": ready in ") || !process.isAlive());
      if (!process.isAlive()) {
        throw new AssertionError("the server ended:\n" + output());
      }
    } catch (RuntimeException | AssertionError e) {
      close();
      throw e;
    }
  }

  String output() throws IOException {
    return Files.readString(log);
  }

  int port(String name) throws IOException {
    JsonNode ports = new ObjectMapper().readTree(dataDir.resolve("ports.json").toFile());
    return ports.get(name).intValue();
  }

  /** What a port of 127.0.0.1 answers to a GET, as JSON, whatever the status. */
  static JsonNode get(int port, String path) throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:" + port + path);
    var answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    return new ObjectMapper().readTree(answer.body());
  }

  /** The status of that answer. */
  static int status(int port, String path) throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:" + port + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  RawClient client() throws IOException {
    return new RawClient(port("lock"));
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("still alive after kill -9");
    }
  }

  /** SIGTERM; returns the exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    return exitCode();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("has not ended for 30 s");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
