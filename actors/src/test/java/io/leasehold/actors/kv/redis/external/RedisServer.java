package io.leasehold.actors.kv.redis.external;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real redis-server on a port of its own, that a test may kill, stop and wake. */
public final class RedisServer implements AutoCloseable {
  private final List<String> options;
  private final Path log;
  private int port;
  private Process process;

  private RedisServer(List<String> options) throws IOException {
    this.options = options;
    this.log = Files.createTempFile(Path.of("target"), "redis", ".log");
  }

  /** Starts one; options as on its command line. */
  public static RedisServer start(String... options) throws IOException, InterruptedException {
    var server = new RedisServer(List.of(options));
    for (int i = 0; i < 3 && server.process == null; i++) {
      server.port = freePort(); // may be taken by the time it is used
      server.launch();
    }
    if (server.process == null) {
      throw new IOException("redis-server does not start:\n" + Files.readString(server.log));
    }
    return server;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void launch() throws IOException, InterruptedException {
    Files.writeString(log, "");
    boolean tls = options.contains("--tls-port");
    var command =
        new ArrayList<>(
            List.of("redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"));
    if (!tls) {
      command.addAll(List.of("--port", Integer.toString(port)));
    }
    for (String option : options) {
      command.add(option.equals("$port") ? Integer.toString(port) : option);
    }
    Process started =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> Files.readString(log).contains("eady to accept") || !started.isAlive());
    if (started.isAlive()) {
      process = started;
    }
  }

  public int port() {
    return port;
  }

  /** What redis-cli prints for a command. */
  public String cli(String... words) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("redis-cli", "-p", Integer.toString(port)));
    command.addAll(List.of(words));
    Process cli = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(cli.getInputStream().readAllBytes()).strip();
    cli.waitFor();
    return output;
  }

  /** Clients but the one that asks. */
  public int clients() throws IOException, InterruptedException {
    return (int) cli("CLIENT", "LIST").lines().count() - 1;
  }

  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Again on the same port, with nothing in it. */
  public void again() throws IOException, InterruptedException {
    process = null;
    launch();
    if (process == null) {
      throw new IOException("redis-server does not start:\n" + Files.readString(log));
    }
  }

  public void pause() throws IOException, InterruptedException {
    signal("-STOP");
  }

  public void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
