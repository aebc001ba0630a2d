package io.leasehold.http.lock;

import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Door;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/** The convenience form of an acquire. Safe for any thread. */
public final class LockRoutes {
  private static final int UNAUTHORIZED = 401;

  /** Who takes a request and answers it in the form of the wire, which is not known here. */
  public interface Desk {
    CompletionStage<Answer> acquire(Request request);
  }

  /**
   * What came.
   *
   * @param body empty if it is too long
   * @param headerKey the key of the headers; the body may have another
   * @param ofWebPage it names an origin
   * @param ended done when nobody waits for the answer any more
   */
  public record Request(
      Optional<byte[]> body,
      Optional<String> headerKey,
      boolean ofWebPage,
      CompletionStage<Done> ended) {}

  private final Desk desk;

  /** Routes to this desk. */
  public LockRoutes(Desk desk) {
    this.desk = desk;
  }

  /** The path of port 9765. The desk asks for the key, as that may stand in the body. */
  public List<Door.Route> routes() {
    return List.of(new Door.Route("/lock", null, true, this::lock));
  }

  private CompletionStage<Answer> lock(Call call) {
    boolean ofWebPage = call.header("Origin").isPresent();
    return desk.acquire(new Request(call.body(), call.presentedKey(), ofWebPage, call.ended()));
  }

  /** An answer that the desk has written itself. */
  public static Answer written(int status, byte[] body) {
    return new Answer(
        status,
        Answer.JSON,
        body,
        status == UNAUTHORIZED ? Map.of("WWW-Authenticate", "Bearer") : Map.of());
  }
}
