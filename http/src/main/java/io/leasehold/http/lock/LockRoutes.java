package io.leasehold.http.lock;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Door;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The convenience form of an acquire. Safe for any thread. */
public final class LockRoutes {
  /** Who takes the body: the wire is not known here. */
  public interface Desk {
    CompletionStage<Answer> acquire(byte[] body);
  }

  private final Desk desk;

  /** Routes to this desk. */
  public LockRoutes(Desk desk) {
    this.desk = desk;
  }

  /** The path of port 9765. */
  public List<Door.Route> routes() {
    return List.of(new Door.Route("/lock", ApiKeys.Right.USE_LOCKS, true, this::lock));
  }

  private CompletionStage<Answer> lock(Call call) {
    if (call.header("Origin").isPresent()) {
      return done(
          Answer.error(
              Answer.Problem.FORBIDDEN_ORIGIN,
              "requests of web pages are refused: send no Origin header",
              call.correlationId()));
    }
    var body = call.body();
    if (body.isEmpty()) {
      return done(
          Answer.error(
              Answer.Problem.BODY_TOO_LARGE,
              "body exceeds 65536 bytes, or did not come within 10 s",
              call.correlationId()));
    }
    return desk.acquire(body.get());
  }

  private static CompletionStage<Answer> done(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }

  /** An answer that the desk has written itself. */
  public static Answer written(int status, byte[] body) {
    return new Answer(status, Answer.JSON, body, Map.of());
  }
}
