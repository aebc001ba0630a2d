package io.leasehold.app.e2e;

import static java.util.concurrent.CompletableFuture.delayedExecutor;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A process that uses an SDK as it is told: one call a line in, its result out. One call at a time.
 */
final class SdkDriver implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A JVM takes a while to start: those that are done with a case wait for the next. */
  private static final Deque<Program> IDLE = new ArrayDeque<>();

  /** One that runs; what it says on standard error is in the log. */
  private record Program(Process process, Writer in, BufferedReader out, Path log) {
    static Program start(SdkLanguage language, Map<String, String> environment) throws IOException {
      Path log = Files.createTempFile(Path.of("target"), "sdk-" + language, ".log");
      var builder = new ProcessBuilder(language.command()).redirectError(log.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      return new Program(
          process,
          process.outputWriter(StandardCharsets.UTF_8),
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)),
          log);
    }
  }

  private final Program program;
  private final boolean again;
  private volatile boolean idle = true;

  /**
   * @param environment what it finds there besides
   */
  SdkDriver(SdkLanguage language, Map<String, String> environment) throws IOException {
    again = language == SdkLanguage.JAVA && environment.isEmpty();
    Program waiting = again ? IDLE.poll() : null;
    program = waiting != null ? waiting : Program.start(language, environment);
  }

  /** With an SDK of a source, and options such as {@code "ack", "durable"}. */
  SdkDriver(SdkLanguage language, int port, Object... options) throws IOException {
    this(language, Map.of());
    create(port, options);
  }

  void create(int port, Object... options) throws IOException {
    Map<String, Object> all = new HashMap<>(Map.of("source", "svc"));
    if (port > 0) {
      all.put("tcp_port", port);
      all.put("tcp_host", "127.0.0.1");
    }
    for (int i = 0; i < options.length; i += 2) {
      all.put((String) options[i], options[i + 1]);
    }
    assertThat(ask(Map.of("op", "new", "options", all)).booleanValue()).isTrue();
  }

  JsonNode ask(Map<String, ?> request) throws IOException {
    idle = false;
    program.in.write(JSON.writeValueAsString(request) + "\n");
    program.in.flush();
    // A call that waits for ever ends with its process, so that the case fails and does not hang.
    var patience =
        CompletableFuture.runAsync(
            program.process::destroyForcibly, delayedExecutor(45, TimeUnit.SECONDS));
    String answer = program.out.readLine();
    patience.cancel(false);
    if (answer == null) {
      throw new AssertionError(
          request
              + ": the process ended, or did not answer for 45 s\n"
              + Files.readString(program.log));
    }
    idle = true;
    return JSON.readTree(answer).get("result");
  }

  JsonNode call(String op, Object... args) throws IOException {
    return ask(Map.of("op", op, "args", List.of(args)));
  }

  /** Whether the call says that the message was taken. */
  boolean takes(String op, Object... args) throws IOException {
    return call(op, args).booleanValue();
  }

  /** Makes a call many times; # in its texts stands for the number, from 0 on. */
  JsonNode repeat(int times, String op, Object... args) throws IOException {
    return ask(
        Map.of("op", "repeat", "waits", true, "n", times, "call", op, "args", List.of(args)));
  }

  JsonNode stats() throws IOException {
    return call("get_stats");
  }

  /** A figure of the SDK, read anew; an SDK without a thread of its own works on meanwhile. */
  long stat(String name) throws IOException {
    return stats().get(name).longValue();
  }

  String breaker() throws IOException {
    return stats().get("breaker").textValue();
  }

  /** Lets the program come to its end without closing the SDK; it must end well and silently. */
  void end() throws IOException, InterruptedException {
    idle = false; // for another case
    program.in.close();
    assertThat(program.process.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
    assertThat(program.process.exitValue()).as(Files.readString(program.log)).isZero();
    assertThat(Files.readString(program.log)).isEmpty();
  }

  @Override
  public void close() throws IOException {
    if (again && idle) {
      call("close");
      IDLE.add(program); // it ends with its standard input, at the latest when this process does
    } else {
      program.process.destroyForcibly();
    }
  }
}
