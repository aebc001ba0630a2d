package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.app.client.LockClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code leasehold lock}: asks a server from the shell. */
@Command(
    name = "lock",
    description = "Takes, gives back and looks at locks of a running server.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      LockCommand.Acquire.class,
      LockCommand.Release.class,
      LockCommand.Extend.class,
      LockCommand.Exists.class,
      LockCommand.Verify.class,
      LockCommand.Inspect.class,
      LockCommand.ListKeys.class,
      LockRunCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold lock acquire --key nightly --ttl 10m --owner build-7",
      "  leasehold lock extend --key nightly --ttl 10m --owner build-7",
      "  leasehold lock release --key nightly --owner build-7",
      "  leasehold lock run --key nightly -- ./backup.sh",
      "",
      "Exit codes: 0 yes, 1 no (the reason is printed), 2 wrong usage, 3 error or no server."
    })
final class LockCommand {
  static final int NO = 1;
  static final int ERROR = 3;

  private LockCommand() {}

  /** What all of them have: help, a server, and an answer to print. */
  @Command(mixinStandardHelpOptions = true)
  abstract static class Asking implements Callable<Integer> {
    @Mixin private Connection connection = new Connection();

    @Option(names = "--json", description = "Print the answer as it came.")
    private boolean json;

    abstract ObjectNode request();

    /** How much longer than usual the answer may take. */
    Duration patience() {
      return Duration.ZERO;
    }

    @Override
    public Integer call() {
      try (LockClient client = connection.open()) {
        JsonNode answer = client.ask(request(), patience());
        if (json) {
          System.out.println(answer);
        } else {
          print(answer);
        }
        if (answer.has("error")) {
          return ERROR;
        }
        return answer.path("success").asBoolean() ? 0 : NO;
      } catch (IOException e) {
        System.err.println(e.getMessage());
        return ERROR;
      }
    }

    private static void print(JsonNode answer) {
      if (answer.has("error")) {
        System.err.println(answer.get("error").asText());
      } else if (answer.has("locks")) {
        answer
            .get("locks")
            .forEach(
                lock ->
                    System.out.printf(
                        "%s  owner %s, token %s, %s ms left, %s waiting%n",
                        lock.get("key").asText(),
                        lock.get("owner").asText(),
                        lock.get("token"),
                        lock.get("ttl_ms"),
                        lock.get("waiters")));
      } else if (answer.has("holders")) {
        System.out.println(answer.toPrettyString());
      } else {
        var line = new StringBuilder(answer.path("success").asBoolean() ? "yes" : "no");
        answer
            .properties()
            .forEach(
                member -> {
                  if (!member.getKey().equals("success")) {
                    line.append("  ")
                        .append(member.getKey())
                        .append(' ')
                        .append(member.getValue().asText());
                  }
                });
        System.out.println(line);
      }
    }
  }

  /** Those that name a key. */
  abstract static class OnKey extends Asking {
    @Option(names = "--key", required = true, description = "The lock.")
    private String key = "";

    abstract String action();

    @Override
    ObjectNode request() {
      return LockClient.request(action()).put("key", key);
    }
  }

  /** {@code lock acquire}. */
  @Command(name = "acquire", description = "Takes a lock, or one permit of a semaphore.")
  static final class Acquire extends OnKey {
    @Option(
        names = "--ttl",
        required = true,
        converter = DurationConverter.class,
        description = "Length of the lease: 30s, 1m30s. It ends then unless it is extended.")
    private Duration ttl = Duration.ZERO;

    @Option(names = "--owner", description = "Who takes it. Default: user@host.")
    private @Nullable String owner;

    @Option(
        names = "--wait",
        converter = DurationConverter.class,
        description = "Stand in the queue that long.")
    private Duration wait = Duration.ZERO;

    @Option(names = "--limit", description = "Permits of the key; above 1 it is a semaphore.")
    private @Nullable Integer limit;

    @Option(names = "--permits", description = "Permits wanted.")
    private @Nullable Integer permits;

    @Option(names = "--metadata", description = "A note that inspect shows.")
    private @Nullable String metadata;

    @Override
    String action() {
      return "acquire";
    }

    @Override
    Duration patience() {
      return wait;
    }

    @Override
    ObjectNode request() {
      ObjectNode request =
          super.request()
              .put("ttl_ms", ttl.toMillis())
              .put("owner", owner == null ? Owner.ofThisProcess() : owner);
      if (!wait.isZero()) {
        request.put("wait_ms", wait.toMillis());
      }
      if (limit != null) {
        request.put("limit", limit);
      }
      if (permits != null) {
        request.put("permits", permits);
      }
      return metadata == null ? request : request.put("metadata", metadata);
    }
  }

  /** Those that may name a holder. */
  abstract static class OfHolder extends OnKey {
    @Option(names = "--owner", description = "Only this owner's lease.")
    private @Nullable String owner;

    @Option(names = "--token", description = "Only the lease with this token.")
    private @Nullable Long token;

    @Override
    ObjectNode request() {
      ObjectNode request = super.request();
      if (owner != null) {
        request.put("owner", owner);
      }
      return token == null ? request : request.put("token", token);
    }
  }

  /** {@code lock release}. */
  @Command(
      name = "release",
      description = "Gives a lock back. With the key alone: whoever holds it.")
  static final class Release extends OfHolder {
    @Override
    String action() {
      return "release";
    }
  }

  /** {@code lock extend}. */
  @Command(name = "extend", description = "Sets the end of a lease to now + ttl.")
  static final class Extend extends OfHolder {
    @Option(
        names = "--ttl",
        required = true,
        converter = DurationConverter.class,
        description = "From now on: 30s, 1m30s.")
    private Duration ttl = Duration.ZERO;

    @Override
    String action() {
      return "extend";
    }

    @Override
    ObjectNode request() {
      return super.request().put("ttl_ms", ttl.toMillis());
    }
  }

  /** {@code lock exists}. */
  @Command(name = "exists", description = "Says whether anybody holds a lock.")
  static final class Exists extends OnKey {
    @Override
    String action() {
      return "exists";
    }
  }

  /** {@code lock verify}. */
  @Command(name = "verify", description = "Says whether a token is that of a live lease.")
  static final class Verify extends OfHolder {
    @Override
    String action() {
      return "verify";
    }
  }

  /** {@code lock inspect}. */
  @Command(name = "inspect", description = "Shows who holds a lock and who waits for it.")
  static final class Inspect extends OnKey {
    @Override
    String action() {
      return "inspect";
    }
  }

  /** {@code lock list}. */
  @Command(name = "list", description = "Shows held locks, in the order of their names.")
  static final class ListKeys extends Asking {
    @Option(names = "--prefix", description = "Only names that begin so.")
    private String prefix = "";

    @Option(names = "--limit", description = "At most so many, 1..1000. Default: 100.")
    private int limit = 100;

    @Override
    ObjectNode request() {
      return LockClient.request("list").put("prefix", prefix).put("limit", limit);
    }
  }
}
