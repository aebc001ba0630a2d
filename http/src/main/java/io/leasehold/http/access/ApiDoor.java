package io.leasehold.http.access;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.config.access.Network;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The application port: finds the route, checks who asks, keeps the limits, counts, logs, and gives
 * every answer the headers it must have. Its failure is an answer, never more. Safe for any thread.
 */
public final class ApiDoor {
  private static final int MAX_HEADER_BYTES = 32 * 1_024;

  /** Of the heap, one part at most is taken by bodies on their way. */
  private static final int HEAP_PARTS = 8;

  private static final List<HttpHeader> REVALIDATED =
      List.of(RawHeader.create("Cache-Control", "no-cache"), RawHeader.create("Vary", "Accept"));
  private static final List<HttpHeader> REVALIDATED_EITHER_WAY =
      List.of(
          RawHeader.create("Cache-Control", "no-cache"),
          RawHeader.create("Vary", "Accept, Accept-Encoding"));
  private static final HttpHeader BY_ENCODING = RawHeader.create("Vary", "Accept-Encoding");
  private static final String OPTIONS = "OPTIONS";

  /**
   * Where it stands and what it bears.
   *
   * @param port 0 = one that the system chooses
   * @param maxBody bytes of a body that is read whole
   * @param allowedOrigins for pages of other origins, {@code *} = all, empty = none
   * @param keysRequired false: everything is open to everybody
   * @param gatewayOrigins as {@code allowedOrigins}, for the area and the control plane
   * @param trustedProxies whose word on the address of a client is believed
   */
  public record Setup(
      String host,
      int port,
      int maxConnections,
      Duration idleTimeout,
      long maxBody,
      List<String> allowedOrigins,
      boolean keysRequired,
      List<String> gatewayOrigins,
      List<Network> trustedProxies) {
    public Setup {
      allowedOrigins = List.copyOf(allowedOrigins);
      gatewayOrigins = List.copyOf(gatewayOrigins);
    }
  }

  private final Setup setup;
  private final RouteTable table;
  private final ApiKeys keys;
  private final ApiTraffic traffic;
  private final HttpConnections connections;
  private final RequestLog log;
  private final Cors cors;
  private final Cors gatewayCors;
  private final ClientAddresses addresses;
  private final Clock clock;
  private final Envelope envelope;
  private final @Nullable LimitedCalls limited;
  private final @Nullable RawArea area;
  private final @Nullable AreaDoor areaDoor;
  private volatile boolean draining;
  private @Nullable BodyReader bodies;

  /**
   * A door that is not open yet.
   *
   * @param limits of those who call the store; null = none is in force
   * @throws IllegalArgumentException if two routes have the same method and template
   */
  public ApiDoor(
      Setup setup,
      List<ApiRoute> routes,
      ApiKeys keys,
      @Nullable CallerLimits limits,
      RequestLog log,
      Clock clock) {
    this(setup, routes, keys, limits, log, clock, null);
  }

  /**
   * The same with an area of its own rules.
   *
   * @param area null = there is none
   */
  public ApiDoor(
      Setup setup,
      List<ApiRoute> routes,
      ApiKeys keys,
      @Nullable CallerLimits limits,
      RequestLog log,
      Clock clock,
      @Nullable RawArea area) {
    this.setup = setup;
    this.area = area;
    this.table = new RouteTable(area == null ? routes : AreaDoor.with(routes, area));
    this.keys = keys;
    this.log = log;
    this.clock = clock;
    this.envelope = new Envelope(clock);
    this.limited = limits == null ? null : new LimitedCalls(limits, clock);
    this.cors = Cors.ofStore(setup.allowedOrigins());
    this.gatewayCors = Cors.ofGateway(setup.gatewayOrigins());
    this.addresses = new ClientAddresses(setup.trustedProxies());
    this.traffic = new ApiTraffic(table.paths());
    this.connections = new HttpConnections(setup.maxConnections());
    this.areaDoor = area == null ? null : new AreaDoor(area, traffic, gatewayCors);
  }

  /** What was asked of this port, for a registry. */
  public List<Collector> figures() {
    var all = new ArrayList<>(traffic.collectors());
    all.add(connections);
    return all;
  }

  /** Opens the port, as {@link HttpPort#open} says. */
  public CompletionStage<HttpPort> bind(ActorSystem<?> system) {
    long together = Math.max(setup.maxBody(), Runtime.getRuntime().maxMemory() / HEAP_PARTS);
    var materializer = Materializer.createMaterializer(system);
    bodies = new BodyReader(setup.maxBody(), together, materializer);
    if (areaDoor != null) {
      areaDoor.bind(together, materializer);
    }
    return HttpPort.open(
        system,
        setup.host(),
        setup.port(),
        ServerLimits.of(system, setup.maxConnections(), setup.idleTimeout(), maxUri()),
        setup.idleTimeout(),
        connections,
        this::receive,
        clock);
  }

  private int maxUri() {
    return area == null ? ServerLimits.MAX_URI : Math.max(ServerLimits.MAX_URI, 2 * area.maxUri());
  }

  /** From now on requests of the store are refused; others are still answered. */
  public void drain() {
    draining = true;
  }

  private CompletionStage<HttpResponse> receive(HttpRequest request) {
    long started = clock.nanos();
    var headers = new RequestHeaders(request);
    var target = RequestTarget.of(headers.target());
    var raw = areaDoor;
    boolean isRaw = raw != null && raw.isFor(target);
    var match = isRaw ? null : table.find(target);
    var presented = headers.presentedKey();
    var identity =
        new ApiCall.Identity(
            headers.correlationId(),
            headers.requestId(),
            presented.map(keys::callerOf).orElse(null),
            setup.keysRequired(),
            addresses);
    var call =
        new ApiCall(
            request,
            headers,
            target,
            match == null ? List.of() : match.parameters(),
            identity,
            ByteString.emptyByteString(),
            isOfControl(target, match) ? envelope : null);
    if (raw != null && isRaw) {
      return raw.answer(call, target, draining)
          .thenApply(
              reply ->
                  finish(
                      call,
                      table.named(reply.template()),
                      reply.response(),
                      reply.headers(),
                      started));
    }
    CompletionStage<HttpResponse> answer;
    try {
      answer = answer(call, target, match);
    } catch (RuntimeException e) {
      answer = unread(call, CompletableFuture.failedFuture(e));
    }
    return answer.handle(
        (response, failure) ->
            finish(
                call,
                match == null ? null : match.path(),
                response != null ? response : FailedRequests.answer(call, failure),
                List.of(),
                started));
  }

  private CompletionStage<HttpResponse> answer(
      ApiCall call, RequestTarget target, RouteTable.@Nullable Match match) {
    if (call.presented().bytes() > MAX_HEADER_BYTES) {
      throw new Refused(
          Answer.Problem.INVALID_REQUEST,
          "headers of " + call.presented().bytes() + " bytes exceed " + MAX_HEADER_BYTES);
    }
    if (call.presented().target().length() > ServerLimits.MAX_URI) {
      throw new Refused(
          Answer.Problem.INVALID_REQUEST,
          "a request target of "
              + call.presented().target().length()
              + " bytes exceeds "
              + ServerLimits.MAX_URI);
    }
    if (isOfControl(target, match) && gatewayCors.isQuestion(call)) {
      return unread(call, CompletableFuture.completedFuture(gatewayCors.preflight()));
    }
    String method = call.method();
    if (method.equals(OPTIONS) && isOfTheApi(target)) {
      return options(call, match);
    }
    if (match == null) {
      throw noSuchRoute(target);
    }
    if (match.parameters().contains("")) {
      throw new Refused(Answer.Problem.MISSING_KEY, "key cannot be empty");
    }
    ApiRoute route = match.path().byMethod.get(method);
    if (route == null) {
      return notAllowed(call, match);
    }
    authorise(call, route);
    if (draining && route.has(ApiRoute.Trait.STORE)) {
      throw new Refused(
          Answer.Problem.DRAINING, "this node is stopping", Map.of("outcome", "not_applied"));
    }
    var limits = route.has(ApiRoute.Trait.STORE) ? limited : null;
    if (limits == null) {
      return handled(call, route);
    }
    var cost = route.cost();
    return cost == null
        ? limits.answer(call, 1, () -> handled(call, route), answer -> unread(call, answer))
        : withBody(
            call,
            whole ->
                limits.answer(
                    whole, cost.of(whole), () -> route.handler().handle(whole), answer -> answer));
  }

  private CompletionStage<HttpResponse> handled(ApiCall call, ApiRoute route) {
    return route.has(ApiRoute.Trait.STREAMED_BODY)
        ? route.handler().handle(call)
        : withBody(call, route.handler());
  }

  private CompletionStage<HttpResponse> withBody(ApiCall call, ApiRoute.Handler handler) {
    var reader = bodies;
    if (reader == null) {
      throw new IllegalStateException("not bound");
    }
    var whole = reader.ifRead(call.request());
    return whole != null
        ? handler.handle(whole.isEmpty() ? call : call.with(whole))
        : reader.read(
            call.request(),
            call.presented().expectsContinue(),
            body -> handler.handle(call.with(body)));
  }

  private void authorise(ApiCall call, ApiRoute route) {
    boolean presented = call.presented().presentedKey().isPresent();
    boolean known = !call.keyId().equals("-");
    if (presented && route.has(ApiRoute.Trait.STORE)) {
      traffic.withKey();
    }
    ApiKeys.Right right = route.right();
    if (right == null || call.may(right)) {
      return;
    }
    if (known) {
      throw new Refused(
          Answer.Problem.FORBIDDEN, "the key does not have the scope " + right.scope());
    }
    if (presented) {
      traffic.keyRefused();
    }
    throw new Refused(
        Answer.Problem.AUTH_FAILED, presented ? "the key is not known" : "a key is required");
  }

  private static boolean isOfTheApi(RequestTarget target) {
    List<String> segments = target.segments();
    return segments.size() > 1 && segments.get(0).equals("api") && segments.get(1).equals("v1");
  }

  /** Of the gateway's control plane, also where it has no route. */
  private static boolean isOfControl(RequestTarget target, RouteTable.@Nullable Match match) {
    if (match != null) {
      return match.path().isControl();
    }
    List<String> segments = target.segments();
    return (!segments.isEmpty() && segments.get(0).equals("auth"))
        || (segments.size() > 1
            && segments.get(0).equals("api")
            && segments.get(1).equals("organizations"));
  }

  private CompletionStage<HttpResponse> options(ApiCall call, RouteTable.@Nullable Match match) {
    HttpResponse response = HttpResponse.create().withEntity(HttpEntities.EMPTY);
    if (match != null) {
      response = response.addHeader(RawHeader.create("Allow", match.path().methods()));
      if (match.path().isOpenToPages()) {
        response = response.addHeaders(cors.ofPreflight());
      }
    }
    return unread(call, CompletableFuture.completedFuture(response));
  }

  private static Refused noSuchRoute(RequestTarget target) {
    boolean keyInParts = isOfTheApi(target) && target.segments().size() > 3;
    return new Refused(
        Answer.Problem.NO_SUCH_ROUTE,
        keyInParts
            ? "nothing is at this path; a key is one segment, a / in it is sent as %2F"
            : "nothing is at this path");
  }

  private CompletionStage<HttpResponse> notAllowed(ApiCall call, RouteTable.Match match) {
    String allowed = match.path().methods();
    HttpResponse answer =
        call.error(Answer.Problem.METHOD_NOT_ALLOWED, "only " + allowed + " are allowed here");
    return unread(
        call,
        CompletableFuture.completedFuture(
            answer.removeHeader("Allow").addHeader(RawHeader.create("Allow", allowed))));
  }

  private CompletionStage<HttpResponse> unread(ApiCall call, CompletionStage<HttpResponse> answer) {
    var reader = bodies;
    return reader == null
        ? answer
        : reader.unread(call.request(), call.presented().expectsContinue(), answer);
  }

  private HttpResponse finish(
      ApiCall call,
      RouteTable.@Nullable Path path,
      HttpResponse response,
      List<HttpHeader> more,
      long started) {
    var headers = new ArrayList<HttpHeader>(16);
    headers.addAll(more);
    headers.add(RequestIds.CORRELATION.of(call.correlationId()));
    headers.add(RequestIds.REQUEST.of(call.requestId()));
    if (path != null && path.isOpenToPages()) {
      cors.addTo(headers, call.presented().origin());
    } else if (call.isOfControl()) {
      headers.addAll(gatewayCors.of(call.presented().origin()));
    }
    boolean compressible = Compression.mayApply(response);
    if (path != null && path.isRevalidated(call.method())) {
      headers.addAll(compressible ? REVALIDATED_EITHER_WAY : REVALIDATED);
    } else if (compressible) {
      headers.add(BY_ENCODING);
    }
    HttpResponse answered =
        compressible && call.presented().acceptsGzip() ? Compression.applied(response) : response;
    long nanos = clock.nanos() - started;
    traffic.answered(path, call.method(), response, nanos);
    log.completed(
        call,
        path == null ? ApiTraffic.OTHER : path.template,
        response.status().intValue(),
        nanos,
        path != null && path.isMonitoring());
    return answered.addHeaders(headers);
  }
}
