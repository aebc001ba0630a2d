package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/**
 * The requests of one client, each noted in the history. One at a time; each acquire has an owner
 * of its own, so that the queue shows which request stands in it. Confined to a thread.
 */
final class LockCalls {
  /** Beyond the time within which the server promises an answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private static final int MAX_TRIES = 10;
  private static final double REPEATS = 0.7;

  private final Workload workload;
  private final History history;
  private final int client;
  private final Random random;
  private final ReconnectingWire wire;

  LockCalls(Workload workload, int client, Random random) {
    this.workload = workload;
    this.client = client;
    this.random = random;
    history = workload.history();
    wire = new ReconnectingWire(workload, random);
  }

  void close() {
    wire.close();
  }

  private String head(String action, int key, int id) {
    return "{\"action\":\""
        + action
        + "\",\"key\":\""
        + history.keys().get(key).name()
        + "\",\"id\":\""
        + id
        + "\"";
  }

  /** The owner of the acquire with this number. */
  static String owner(int request) {
    return "r" + request;
  }

  void exists(int key) {
    workload.pace();
    if (wire.connect()) {
      int operation = history.exists(client, key);
      send(operation, head("exists", key, operation) + "}", operation, PATIENCE);
    }
  }

  /**
   * The grant, if there is one. After an unknown outcome it repeats the request, or gives it up.
   */
  Optional<Operation> acquire(int key, int permits, int ttl, int wait) {
    int limit = history.keys().get(key).limit();
    workload.pace();
    if (!wire.connect()) {
      return Optional.empty();
    }
    int request = history.acquire(client, key, permits, ttl, wait);
    String line =
        head("acquire", key, request)
            + ",\"owner\":\""
            + owner(request)
            + "\",\"ttl_ms\":"
            + ttl
            + (wait > 0 ? ",\"wait_ms\":" + wait : "")
            + (limit > 1 ? ",\"limit\":" + limit : "")
            + (permits > 1 ? ",\"permits\":" + permits : "")
            + "}";
    Duration patience = PATIENCE.plusMillis(wait);
    int operation = request;
    Outcome outcome = send(operation, line, request, patience);
    for (int i = 0; outcome.isOpen() && i < MAX_TRIES && random.nextDouble() < REPEATS; i++) {
      if (!wire.connect()) {
        return Optional.empty();
      }
      operation = history.repeat(request);
      outcome = send(operation, line, request, patience);
    }
    if (outcome != Outcome.GRANTED) {
      return Optional.empty();
    }
    Operation grant = history.get(operation);
    workload.granted(key, grant.sentNanos());
    return Optional.of(grant);
  }

  Outcome verify(Operation grant) {
    return onToken(Kind.VERIFY, grant, 0);
  }

  /** After a break the holder asks at once whether the lease is still there. */
  Outcome extend(Operation grant, int ttl) {
    Outcome outcome = onToken(Kind.EXTEND, grant, ttl);
    return outcome == Outcome.BROKEN ? verify(grant) : outcome;
  }

  /** Until it is certain that the lease is gone, or the load is over. */
  Outcome release(Operation grant) {
    Outcome outcome = onToken(Kind.RELEASE, grant, 0);
    for (int i = 0; i < MAX_TRIES && !isSettled(outcome) && !workload.isOver(); i++) {
      outcome = onToken(Kind.RELEASE, grant, 0);
    }
    return outcome;
  }

  private static boolean isSettled(Outcome outcome) {
    return outcome.isSuccess() || outcome.isRefusal();
  }

  private Outcome onToken(Kind kind, Operation grant, int ttl) {
    workload.pace();
    if (!wire.connect()) {
      return Outcome.PENDING;
    }
    int operation = history.onToken(client, kind, grant.key(), grant.token(), ttl);
    String line =
        head(kind.name().toLowerCase(Locale.ROOT), grant.key(), operation)
            + ",\"token\":"
            + grant.token()
            + (ttl > 0 ? ",\"ttl_ms\":" + ttl : "")
            + "}";
    return send(operation, line, operation, PATIENCE);
  }

  /** Sends what the history has noted, and notes what comes of it. */
  private Outcome send(int operation, String line, int id, Duration patience) {
    JsonNode answer;
    try {
      answer = wire.ask(line, Integer.toString(id), patience);
    } catch (IOException e) {
      history.answered(operation, Outcome.BROKEN);
      if (e instanceof SocketTimeoutException) {
        workload.note("no answer within " + patience.toMillis() + " ms: #" + operation + line);
      }
      return Outcome.BROKEN;
    }
    Outcome outcome = outcomeOf(answer, history.get(operation).kind());
    history.answered(
        operation,
        outcome,
        outcome == Outcome.GRANTED ? answer.path("token").longValue() : 0,
        answer.path("ttl_ms").intValue(),
        answer.path("waited_ms").intValue());
    if (outcome == Outcome.UNEXPECTED || outcome == Outcome.REFUSED) {
      workload.note("unexpected: #" + operation + " " + line + " got " + answer);
    }
    return outcome;
  }

  private static Outcome outcomeOf(JsonNode answer, Kind kind) {
    if (answer.path("success").booleanValue()) {
      return kind == Kind.ACQUIRE ? Outcome.GRANTED : Outcome.DONE;
    }
    if (answer.has("error")) {
      return switch (answer.path("code").asText()) {
        case "unavailable", "draining", "internal" ->
            answer.path("outcome").asText().equals("not_applied")
                ? Outcome.NOT_APPLIED
                : Outcome.UNKNOWN;
        default -> Outcome.UNEXPECTED;
      };
    }
    return switch (answer.path("reason").asText()) {
      case "held" -> Outcome.HELD;
      case "timeout" -> Outcome.TIMEOUT;
      case "not_held" -> Outcome.NOT_HELD;
      case "stale_token" -> Outcome.STALE_TOKEN;
      case "not_owner" -> Outcome.NOT_OWNER;
      default -> Outcome.REFUSED;
    };
  }
}
