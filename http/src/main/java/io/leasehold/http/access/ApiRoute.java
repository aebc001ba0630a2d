package io.leasehold.http.access;

import io.leasehold.domain.access.ApiKeys;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * One path of the application port with the methods that are handled alike. Immutable.
 *
 * @param methods in capitals; several routes may have one template, each with other methods
 * @param template the path, also its name in metrics: <code>/api/v1/kv/{key}/touch</code>. A name
 *     in braces stands for one segment
 * @param right what a caller must have; null = open to all
 * @param cost what a request takes from the limit of its caller; null = 1
 */
public record ApiRoute(
    List<String> methods,
    String template,
    ApiKeys.@Nullable Right right,
    Set<Trait> traits,
    Handler handler,
    @Nullable Cost cost) {

  /** A route each of whose requests counts as one. */
  public ApiRoute(
      List<String> methods,
      String template,
      ApiKeys.@Nullable Right right,
      Set<Trait> traits,
      Handler handler) {
    this(methods, template, right, traits, handler, null);
  }

  /** What else the door does for a route. */
  public enum Trait {
    /** Pages of other origins may use it. */
    CORS,
    /** {@code Cache-Control: no-cache} and {@code Vary: Accept}. */
    REVALIDATED,
    /** Its body is not read before the handler is called, and not limited. */
    STREAMED_BODY,
    /**
     * Counted as a request of the store, held to the limit of its caller, and refused while the
     * node drains.
     */
    STORE,
    /** Of the gateway's control plane: its errors too have the envelope. */
    CONTROL,
    /** Counted in the {@code kvstore_http_*} families. */
    KVSTORE,
    /** Logged with the requests of the monitoring ports. */
    MONITORING
  }

  /** What a route does. */
  public interface Handler {
    /**
     * Called by any thread; must not block. May throw {@link Refused}, or fail the stage with it.
     * Headers that every answer has are added by the door.
     */
    CompletionStage<HttpResponse> handle(ApiCall call);
  }

  /** How many requests a request stands for. */
  public interface Cost {
    /**
     * Called only where a limit is in force, with the whole body.
     *
     * @return 1 or more; 1 too if the body is not as it should be
     */
    int of(ApiCall call);
  }

  /** The same route with requests that may count as more than one. */
  public ApiRoute costing(Cost each) {
    return new ApiRoute(methods, template, right, traits, handler, each);
  }

  /** The same path with the handler of a monitoring port, for GET and HEAD. */
  public static ApiRoute monitoring(String template, Door.Route route) {
    return new ApiRoute(
        List.of("GET", "HEAD"),
        template,
        route.right(),
        EnumSet.of(Trait.KVSTORE, Trait.MONITORING),
        call -> route.handler().handle(call.plain()).thenApply(Answers::response));
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }
}
