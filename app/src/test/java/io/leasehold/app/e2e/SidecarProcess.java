package io.leasehold.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A telemetry sidecar in a JVM of its own, as the launcher would start it, on free ports. */
final class SidecarProcess implements AutoCloseable {

  final Path dataDir;
  final Path log;
  final Process process;

  private SidecarProcess(Path dataDir, Path log, Process process) {
    this.dataDir = dataDir;
    this.log = log;
    this.process = process;
  }

  /** The command line of {@code leasehold telemetry}. */
  static List<String> command(String... arguments) {
    // who runs the tests may be deaf to signals, which would be inherited
    var command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT"));
    command.addAll(FastStart.java("256m"));
    command.add("telemetry");
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /** Starts it with a configuration and waits until its ports are open. */
  static SidecarProcess start(Path dir, String yaml) throws IOException {
    Path file = dir.resolve("sidecar.yaml");
    Files.writeString(file, yaml);
    Path dataDir = dir.resolve("data");
    Path log = Files.createTempFile(Path.of("target"), "sidecar", ".log");
    Process process =
        new ProcessBuilder(command("run", file.toString(), "--data-dir", dataDir.toString()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
            .start();
    var started = new SidecarProcess(dataDir, log, process);
    try {
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> started.output().contains("info: ready") || !process.isAlive());
      if (!process.isAlive()) {
        throw new AssertionError("the sidecar ended:\n" + started.output());
      }
      return started;
    } catch (RuntimeException | AssertionError e) {
      started.close();
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

  JsonNode status() throws IOException, InterruptedException {
    return ServerProcess.get(port("telemetry-admin"), "/status");
  }

  Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port("telemetry"));
  }

  void send(String text) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Waits until nothing moves and so many lines have come; returns the ledger. */
  JsonNode settled(long received) {
    JsonNode[] last = new JsonNode[1];
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () -> {
              last[0] = status().get("ledger");
              return last[0].get("received").longValue() == received
                  && last[0].get("in_flight").longValue() == 0;
            });
    if (last[0].get("imbalance").longValue() != 0) {
      throw new AssertionError("the ledger does not balance: " + last[0]);
    }
    return last[0];
  }

  /** All lines of a directory of a file backend, file by file. */
  static List<String> lines(Path dir) throws IOException {
    var all = new ArrayList<String>();
    try (Stream<Path> files = Files.list(dir)) {
      for (Path each : files.sorted().toList()) {
        if (each.toString().endsWith(".jsonl")) {
          all.addAll(Files.readAllLines(each));
        }
      }
    }
    return all;
  }

  /** SIGTERM; returns the exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(40, TimeUnit.SECONDS)) {
      throw new AssertionError("has not ended for 40 s");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
