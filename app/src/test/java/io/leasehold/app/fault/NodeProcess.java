package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.leasehold.app.e2e.FastStart;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The packaged server in a JVM of its own, on ports that the system picks at each start. Its log
 * goes on over its restarts.
 */
final class NodeProcess implements TestNode, AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

  private final String name;
  private final Place place;
  private final Path dataDir;
  private final Path log;
  private final List<String> javaOptions;
  private final List<String> settings;
  private final Thread atExit = new Thread(this::endNow);
  private volatile Process process;

  /**
   * Where a process runs.
   *
   * @param prefix of its command, to bring it there; may be empty
   * @param lockHost where clients find it
   * @param monitorHost where it tells how it is
   * @param managementHost where it tells who is a member
   */
  record Place(List<String> prefix, String lockHost, String monitorHost, String managementHost) {
    static final Place HERE = new Place(List.of(), "127.0.0.1", "127.0.0.1", "127.0.0.1");
  }

  /**
   * @param settings {@code key=value}, on top of the ports and the data directory
   */
  NodeProcess(String name, Path dataDir, Path log, List<String> settings) {
    this(name, Place.HERE, dataDir, log, List.of(), settings);
  }

  /**
   * @param javaOptions of the JVM, on top of those of the launcher
   */
  NodeProcess(
      String name,
      Place place,
      Path dataDir,
      Path log,
      List<String> javaOptions,
      List<String> settings) {
    this.name = name;
    this.place = place;
    this.javaOptions = List.copyOf(javaOptions);
    this.dataDir = dataDir.toAbsolutePath();
    this.log = log;
    this.settings = List.copyOf(settings);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() throws IOException {
    if (isRunning()) {
      throw new IllegalStateException(name + " runs already");
    }
    var command = new ArrayList<String>(place.prefix());
    command.addAll(FastStart.java("512m", javaOptions));
    command.add("server");
    for (String port :
        List.of(
            "lock.port",
            "monitor.port",
            "monitor.debug-port",
            "http.port",
            "remoting.port",
            "management.port",
            "http.port")) {
      command.addAll(List.of("--set", port + "=auto"));
    }
    command.addAll(
        List.of("--set", "lock.host=" + place.lockHost(), "--set", "data-dir=" + dataDir));
    command.addAll(List.of("--set", "telemetry.enabled=false"));
    for (String setting : settings) { // the last of two wins
      command.addAll(List.of("--set", setting));
    }
    Files.createDirectories(dataDir);
    Files.createDirectories(log.toAbsolutePath().getParent());
    if (process == null) {
      Files.deleteIfExists(log); // of an earlier run
    }
    Files.deleteIfExists(ports());
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
  }

  private Path ports() {
    return dataDir.resolve("ports.json");
  }

  boolean isRunning() {
    return process != null && process.isAlive();
  }

  private Optional<Integer> port(String of) {
    try {
      JsonNode port = new ObjectMapper().readTree(ports().toFile()).path(of);
      return port.isInt() ? Optional.of(port.intValue()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not written yet
    }
  }

  @Override
  public Optional<InetSocketAddress> lockAddress() {
    return isRunning()
        ? port("lock").map(port -> new InetSocketAddress(place.lockHost(), port))
        : Optional.empty();
  }

  @Override
  public Optional<InetSocketAddress> httpAddress() {
    return isRunning()
        ? port("http").map(port -> new InetSocketAddress(place.lockHost(), port))
        : Optional.empty();
  }

  /** It is ready, and sees so many members, all of them up and within reach. */
  boolean isSettled(int members) {
    JsonNode cluster = managed("/cluster/members");
    int up = 0;
    for (JsonNode member : cluster.path("members")) {
      up += member.path("status").asText().equals("Up") ? 1 : 0;
    }
    return up == members && cluster.path("unreachable").isEmpty() && isReady();
  }

  /** As many as it has now; 0 if it does not answer. */
  int partitions() {
    return managed("/cluster/shards/lock").path("regions").size();
  }

  /** What the management port answers; nothing if it does not. */
  private JsonNode managed(String path) {
    Optional<Integer> port = port("management");
    if (port.isEmpty()) {
      return MissingNode.getInstance();
    }
    var request =
        HttpRequest.newBuilder(
                URI.create("http://" + place.managementHost() + ":" + port.get() + path))
            .timeout(Duration.ofSeconds(2))
            .build();
    try {
      return new ObjectMapper()
          .readTree(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      return MissingNode.getInstance();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return MissingNode.getInstance();
    }
  }

  @Override
  public boolean isReady() {
    if (process != null && !process.isAlive()) {
      throw new IllegalStateException(name + " has ended, see " + log);
    }
    Optional<Integer> monitor = port("monitor");
    if (monitor.isEmpty()) {
      return false;
    }
    var request =
        HttpRequest.newBuilder(
                URI.create("http://" + place.monitorHost() + ":" + monitor.get() + "/ready"))
            .timeout(Duration.ofSeconds(2))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly();
      awaitEnd();
    }
  }

  @Override
  public void terminate() throws InterruptedException {
    process.destroy();
    awaitEnd();
    if (process.exitValue() != 0) {
      throw new IllegalStateException(name + " ended with " + process.exitValue() + ", see " + log);
    }
  }

  private void awaitEnd() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " has not ended for 30 s, see " + log);
    }
  }

  @Override
  public void pause() throws Exception {
    signal("STOP");
  }

  @Override
  public void resume() throws Exception {
    signal("CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    var command = List.of("kill", "-" + signal, Long.toString(process.pid()));
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(command + " ended with " + code);
    }
  }

  private void endNow() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Override
  public void close() {
    endNow();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // the JVM is ending: the hook runs anyway
    }
  }
}
