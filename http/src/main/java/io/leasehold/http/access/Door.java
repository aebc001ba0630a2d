package io.leasehold.http.access;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.headers.TimeoutAccess;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.duration.FiniteDuration;

/**
 * One HTTP port for monitoring: checks who asks, keeps its limits, logs, and hands the rest to its
 * routes. Its failure is an answer, never more. Safe for any thread.
 */
public final class Door {
  /** Requests that are worked on at once, those that write aside; more are turned away. */
  public static final int MAX_RUNNING = 8;

  /**
   * Requests that write, at once. They may stand in a queue for a minute, so they take no place of
   * the others. Twice what the connections can have open: the work for one may outlast it.
   */
  static final int MAX_WRITING = 1_024;

  private static final int MAX_CONNECTIONS = 256;
  private static final String BELOW = "/*";

  /** A byte more than any route takes, so that the route can say that it is too long. */
  static final int MAX_BODY = 65_537;

  private static final Duration BODY_PATIENCE = Duration.ofSeconds(10);

  /**
   * The library ends an idle connection after so long, and answers for a route that writes. Longer
   * than any of them takes: the longest wait in the queue of a lock is a minute.
   */
  private static final FiniteDuration LONGEST_ANSWER = FiniteDuration.create(90, TimeUnit.SECONDS);

  /** One is worked on, and one is read behind it: so the end of the input is seen at once. */
  private static final int PIPELINED = 2;

  private static final Logger LOG = LoggerFactory.getLogger("leasehold.access.monitoring");
  private static final Logger FAILURES = LoggerFactory.getLogger(Door.class);

  /**
   * One path.
   *
   * @param path one that ends in {@code /*} stands for all below it
   * @param right what a key must open, null for a path that is open to all
   * @param writes POST with a body instead of GET and HEAD
   */
  public record Route(
      String path, ApiKeys.@Nullable Right right, boolean writes, Handler handler) {}

  /** What a path does. */
  public interface Handler {
    CompletionStage<Answer> handle(Call call);
  }

  private final String name;
  private final Map<String, Route> routes;
  private final ApiKeys keys;
  private final Set<ApiKeys.Right> guarded;
  private final Clock clock;
  private final RequestCounter requests;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger writing = new AtomicInteger();

  /**
   * A door that is not open yet.
   *
   * @param name of the port, for metrics
   * @param guarded rights that a key must have; a path with another right is open to all
   */
  public Door(
      String name, List<Route> routes, ApiKeys keys, Set<ApiKeys.Right> guarded, Clock clock) {
    this.name = name;
    this.routes = routes.stream().collect(Collectors.toMap(Route::path, each -> each));
    this.keys = keys;
    this.guarded = Set.copyOf(guarded);
    this.clock = clock;
    this.requests = new RequestCounter(name, routes.stream().map(Route::path).toList());
  }

  /** What was asked of this port, for a registry. */
  public Collector requests() {
    return requests;
  }

  /** Opens the port. Fails with a BindException if it is taken. */
  public CompletionStage<ServerBinding> bind(ActorSystem<?> system, String host, int port) {
    ServerSettings defaults = ServerSettings.create(system.classicSystem());
    ServerSettings settings =
        defaults
            .withMaxConnections(MAX_CONNECTIONS)
            .withServerHeader(Optional.empty())
            .withDefaultHostHeader(Host.create("localhost")) // HTTP/1.0 has none: health checks
            .withTimeouts(defaults.getTimeouts().withIdleTimeout(LONGEST_ANSWER))
            .withPipeliningLimit(PIPELINED)
            .withParserSettings(defaults.getParserSettings().withUriParsingMode(Uri.RELAXED));
    return Http.get(system).newServerAt(host, port).withSettings(settings).bindFlow(connection());
  }

  /** What serves one connection: its routes are told when it has ended. */
  private Flow<HttpRequest, HttpResponse, ?> connection() {
    return Flow.fromMaterializer(
        (materializer, attributes) -> {
          var unanswered = new RunningRequests();
          return Flow.of(HttpRequest.class)
              .watchTermination(
                  (ignored, done) -> {
                    done.whenComplete((ok, failure) -> unanswered.end());
                    return ignored;
                  })
              .mapAsync(
                  PIPELINED,
                  request -> unanswered.run(ended -> receive(materializer, request, ended)));
        });
  }

  CompletionStage<HttpResponse> receive(
      Materializer materializer, HttpRequest request, CompletionStage<Done> ended) {
    Route route = routeOf(request.getUri().path());
    if (route == null || !route.writes()) {
      request.discardEntityBytes(materializer);
      return handle(request, ended, running, MAX_RUNNING);
    }
    request
        .getHeader(TimeoutAccess.class)
        .ifPresent(header -> header.timeoutAccess().updateTimeout(LONGEST_ANSWER));
    return request
        .entity()
        .toStrict(BODY_PATIENCE.toMillis(), MAX_BODY, materializer)
        .handle((body, failure) -> body == null ? request : request.withEntity(body))
        .thenCompose(whole -> handle(whole, ended, writing, MAX_WRITING));
  }

  private @Nullable Route routeOf(String path) {
    Route exact = path.endsWith(BELOW) ? null : routes.get(path);
    int first = path.indexOf('/', 1);
    boolean below = exact == null && first > 0 && first + 1 < path.length();
    return below ? routes.get(path.substring(0, first) + BELOW) : exact;
  }

  private CompletionStage<HttpResponse> handle(
      HttpRequest request, CompletionStage<Done> ended, AtomicInteger taken, int max) {
    long started = clock.nanos();
    var sent = new RequestHeaders(request);
    var presented = sent.presentedKey();
    var caller = presented.map(keys::callerOf);
    var call = new Call(request, sent.correlationId(), presented, caller, ended);
    String requestId = sent.requestId();
    if (taken.incrementAndGet() > max) {
      taken.decrementAndGet();
      Answer full =
          Answer.error(
              Answer.Problem.OVERLOADED,
              max + " requests are worked on already",
              call.correlationId());
      return CompletableFuture.completedFuture(finish(call, requestId, full, started, ""));
    }
    CompletionStage<Answer> answer;
    try {
      answer = route(call);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer
        .exceptionally(failure -> failed(call, failure))
        .thenApply(
            complete -> {
              taken.decrementAndGet();
              String keyId = caller.map(ApiKeys.Caller::id).orElse("-");
              return finish(call, requestId, complete, started, keyId);
            });
  }

  private CompletionStage<Answer> route(Call call) {
    Route route = routeOf(call.path());
    if (route == null) {
      return done(call, Answer.Problem.NO_SUCH_ROUTE, "nothing is at this path");
    }
    boolean reads = call.method().equals("GET") || call.method().equals("HEAD");
    if (route.writes() ? !call.method().equals("POST") : !reads) {
      String allowed = route.writes() ? "POST" : "GET, HEAD";
      return done(call, Answer.Problem.METHOD_NOT_ALLOWED, "only " + allowed + " is allowed")
          .thenApply(answer -> answer.with("Allow", allowed));
    }
    var right = route.right();
    Answer refusal = right != null && guarded.contains(right) ? refusal(call, right) : null;
    return refusal == null
        ? route.handler().handle(call)
        : CompletableFuture.completedFuture(refusal);
  }

  /** What who asks is told instead, null if its key has the right. */
  public static @Nullable Answer refusal(Call call, ApiKeys.Right right) {
    if (call.may(right)) {
      return null;
    }
    return call.isKnown()
        ? Answer.error(
            Answer.Problem.FORBIDDEN,
            "the key does not have the scope " + right.scope(),
            call.correlationId())
        : Answer.error(Answer.Problem.AUTH_FAILED, "a key is required", call.correlationId());
  }

  private static CompletionStage<Answer> done(Call call, Answer.Problem problem, String message) {
    return CompletableFuture.completedFuture(Answer.error(problem, message, call.correlationId()));
  }

  private static Answer failed(Call call, Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    if (cause instanceof Call.BadQuery) {
      return Answer.error(
          Answer.Problem.INVALID_REQUEST, String.valueOf(cause.getMessage()), call.correlationId());
    }
    if (cause instanceof TimeoutException) {
      return Answer.error(
          Answer.Problem.UNAVAILABLE, String.valueOf(cause.getMessage()), call.correlationId());
    }
    FAILURES.error("{} failed, correlation {}", call.path(), call.correlationId(), cause);
    return Answer.error(
        Answer.Problem.INTERNAL, "unexpected failure, see the log", call.correlationId());
  }

  private HttpResponse finish(
      Call call, String requestId, Answer answer, long started, String keyId) {
    Route route = routeOf(call.path());
    String path = route == null ? "other" : route.path();
    requests.count(path, answer.status());
    LOG.atInfo()
        .addKeyValue("method", call.method())
        .addKeyValue("path", path)
        .addKeyValue("status_code", answer.status())
        .addKeyValue("duration_ms", (clock.nanos() - started) / 1_000_000)
        .addKeyValue("remote", remote(call.request()))
        .addKeyValue("key_id", keyId)
        .addKeyValue("correlation_id", call.correlationId())
        .addKeyValue("request_id", requestId)
        .log("{} port", name);
    return Answers.response(answer)
        .addHeaders(
            List.of(
                RawHeader.create("Cache-Control", "no-store"),
                RawHeader.create(RequestIds.CORRELATION_HEADER, call.correlationId()),
                RawHeader.create(RequestIds.REQUEST_HEADER, requestId)));
  }

  private static String remote(HttpRequest request) {
    return request
        .getAttribute(AttributeKeys.remoteAddress)
        .flatMap(address -> address.getAddress())
        .map(address -> new InetSocketAddress(address, 0).getHostString())
        .orElse("-");
  }
}
