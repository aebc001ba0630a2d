package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.app.client.LockClient;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code leasehold lock run}: holds a lock while a command runs.
 *
 * <p>The lease is safe until the moment its acquire or last answered extension was <em>sent</em>,
 * plus its length, by a clock that only moves forward. The command is ended before that.
 */
@Command(
    name = "run",
    description = {
      "Holds a lock while a command runs: takes it, renews it, gives it back at the end.",
      "If the lock is lost the command and its children are ended."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nThe command finds LEASEHOLD_KEY, LEASEHOLD_TOKEN and LEASEHOLD_OWNER set.%n",
    footer = {
      "Exit codes: that of the command; 1 the lock was not had; 3 error or no server;",
      "75 the lock was lost and the command ended.",
      "",
      "Example: leasehold lock run --key nightly --ttl 30s --wait 1m -- ./backup.sh --all"
    })
final class LockRunCommand implements Callable<Integer> {
  private static final int LOST = 75;

  @Mixin private Connection connection = new Connection();

  @Option(names = "--key", required = true, description = "The lock.")
  private String key = "";

  @Option(
      names = "--ttl",
      defaultValue = "30s",
      converter = DurationConverter.class,
      description = "Length of the lease; renewed every third of it. Default: 30s.")
  private Duration ttl = Duration.ofSeconds(30);

  @Option(
      names = "--wait",
      converter = DurationConverter.class,
      description = "Stand in the queue that long.")
  private Duration wait = Duration.ZERO;

  @Option(
      names = "--grace",
      defaultValue = "10s",
      converter = DurationConverter.class,
      description = "Time between SIGTERM and SIGKILL when the lock is lost. Default: 10s.")
  private Duration grace = Duration.ofSeconds(10);

  @Option(names = "--owner", description = "Who holds it. Default: user@host:pid.")
  private @Nullable String owner;

  @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "What to run, behind --.")
  private List<String> command = new ArrayList<>();

  private final Clock clock = Clock.system();
  private @Nullable LockClient client;
  private long safeUntilNanos;
  private long token;

  @Override
  public Integer call() throws InterruptedException {
    String name =
        owner == null ? Owner.ofThisProcess() + ":" + ProcessHandle.current().pid() : owner;
    try {
      JsonNode answer = acquire(name);
      if (!answer.path("success").asBoolean()) {
        boolean error = answer.has("error");
        System.err.println(answer.path(error ? "error" : "reason").asText());
        return error ? LockCommand.ERROR : LockCommand.NO;
      }
      token = answer.get("token").longValue();
    } catch (IOException e) {
      System.err.println(e.getMessage());
      return LockCommand.ERROR;
    }
    try {
      return run(name);
    } finally {
      release();
    }
  }

  private JsonNode acquire(String name) throws IOException {
    LockClient opened = connection.open();
    client = opened;
    ObjectNode request =
        LockClient.request("acquire")
            .put("key", key)
            .put("ttl_ms", ttl.toMillis())
            .put("owner", name);
    if (!wait.isZero()) {
      request.put("wait_ms", wait.toMillis());
    }
    long sent = clock.nanos();
    JsonNode answer = opened.ask(request, wait);
    // a lease that was waited for began after it was asked for, by no more than the wait
    safeUntilNanos =
        sent + ttl.toNanos() + TimeUnit.MILLISECONDS.toNanos(answer.path("waited_ms").asLong());
    return answer;
  }

  private int run(String name) throws InterruptedException {
    Process process;
    try {
      var builder = new ProcessBuilder(command).inheritIO();
      builder.environment().put("LEASEHOLD_KEY", key);
      builder.environment().put("LEASEHOLD_TOKEN", Long.toString(token));
      builder.environment().put("LEASEHOLD_OWNER", name);
      process = builder.start();
    } catch (IOException e) {
      System.err.println(command.get(0) + ": cannot be run (" + e.getMessage() + ")");
      return LockCommand.ERROR;
    }
    // Ctrl-C and SIGTERM are the command's too; when it has ended, so do we
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endTree(process), "leasehold-end"));
    long renewEvery = ttl.toMillis() / 3;
    while (!process.waitFor(renewEvery, TimeUnit.MILLISECONDS)) {
      if (!renewed()) {
        System.err.println("the lock on " + key + " is lost: ending the command");
        endTree(process);
        return LOST;
      }
    }
    return process.exitValue();
  }

  /** Renews until it is answered or the lease is no longer safe. */
  private boolean renewed() throws InterruptedException {
    long step = TimeUnit.MILLISECONDS.toNanos(Math.max(50, ttl.toMillis() / 20));
    // so early that the command has ended when the lease does
    long margin = Math.min(grace.toNanos(), ttl.toNanos() / 3);
    while (safeUntilNanos - clock.nanos() > margin) {
      try {
        LockClient open = client == null ? connection.open() : client;
        client = open;
        long sent = clock.nanos();
        JsonNode answer =
            open.ask(
                LockClient.request("extend")
                    .put("key", key)
                    .put("token", token)
                    .put("ttl_ms", ttl.toMillis()),
                Duration.ZERO);
        if (answer.path("success").asBoolean()) {
          safeUntilNanos = sent + ttl.toNanos();
          return true;
        }
        if (!answer.has("error")) {
          return false; // somebody else holds it, or nobody
        }
      } catch (IOException e) {
        closeClient();
      }
      TimeUnit.NANOSECONDS.sleep(step);
    }
    return false;
  }

  private void release() {
    try {
      LockClient open = client == null ? connection.open() : client;
      client = open;
      open.ask(LockClient.request("release").put("key", key).put("token", token), Duration.ZERO);
    } catch (IOException e) {
      System.err.println("the lock was not given back, it ends by itself: " + e.getMessage());
    } finally {
      closeClient();
    }
  }

  private void closeClient() {
    var open = client;
    client = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        System.err.println(e.getMessage());
      }
    }
  }

  private void endTree(Process process) {
    List<ProcessHandle> tree = new ArrayList<>(process.descendants().toList());
    tree.add(process.toHandle());
    tree.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        tree.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    tree.forEach(ProcessHandle::destroyForcibly);
  }
}
