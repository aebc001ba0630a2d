package io.leasehold.http.kv.redis;

import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.InstanceCommands;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.external.ExternalInstances;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.async.AtOnce;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.RateHeaders;
import io.leasehold.http.access.RawArea;
import io.leasehold.http.access.RawCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Redis over HTTP, as Upstash's clients speak it: everything below {@code /redis}. Checks method,
 * target, headers, key, instance, body, limit and rules, in this order. Safe for any thread.
 */
public final class DataPlane implements RawArea {
  private static final String SEGMENT = "redis";

  /**
   * What requests may ask for.
   *
   * @param node name that no other start of a node has, visible ASCII
   * @param maxCommand bytes of all arguments of a command, or of all commands of a transaction
   */
  public record Setup(
      String node,
      Duration commandTimeout,
      Duration batchTimeout,
      long maxBody,
      int maxUri,
      long maxResponse,
      int maxCommands,
      int maxCommand) {}

  private final Setup setup;
  private final KeyDirectory keys;
  private final InstanceDirectory directory;
  private final GatewayLimits limits;
  private final Denials denials;
  private final EmbeddedInstances instances;
  private final ExternalInstances externals;
  private final Execution execution;
  private final EventStreams streams;
  private final GatewayAnswers answers;
  private final RateHeaders keyHeaders;
  private final RateHeaders addressHeaders;

  /** A data plane that has its keys and instances from these directories. */
  public DataPlane(
      Setup setup,
      KeyDirectory keys,
      InstanceDirectory directory,
      EmbeddedInstances instances,
      ExternalInstances externals,
      EventStreams streams,
      GatewayLimits limits,
      Denials denials,
      GatewayMeter meter,
      Clock clock) {
    this.denials = denials;
    this.setup = setup;
    this.keys = keys;
    this.directory = directory;
    this.streams = streams;
    this.limits = limits;
    this.keyHeaders = new RateHeaders("key", clock);
    this.addressHeaders = new RateHeaders("address", clock);
    this.instances = instances;
    this.externals = externals;
    this.answers = new GatewayAnswers(setup.node(), setup.maxBody());
    this.execution = new Execution(setup, denials, meter, answers, clock);
  }

  @Override
  public String segment() {
    return SEGMENT;
  }

  @Override
  public Map<String, List<String>> templates() {
    return RequestForm.templates();
  }

  @Override
  public int maxUri() {
    return setup.maxUri();
  }

  @Override
  public long maxBody() {
    return setup.maxBody();
  }

  /**
   * A request whose head is in order.
   *
   * @param headers that its answer will have; touched by one step of the request after the other
   */
  private record Request(
      RawCall call, RequestForm form, AnswerForm answer, String token, List<HttpHeader> headers) {}

  @Override
  public CompletionStage<Reply> answer(RawCall call) {
    RequestForm form = RequestForm.of(call.segments());
    var headers = new ArrayList<HttpHeader>(8);
    CompletionStage<HttpResponse> response;
    try {
      response = ofHead(call, form, headers);
    } catch (RuntimeException e) {
      response = call.unread(CompletableFuture.failedFuture(e));
    }
    return response.handle(
        (answer, failure) -> {
          answers.finish(headers);
          return new Reply(
              form.template(), answer != null ? answer : answers.failed(call, failure), headers);
        });
  }

  private CompletionStage<HttpResponse> ofHead(
      RawCall call, RequestForm form, List<HttpHeader> headers) {
    if (!form.methods().contains(call.method())) {
      throw new GatewayRefusal(
          405,
          "ERR method not allowed, only " + form.allowed(),
          RawHeader.create("Allow", form.allowed()));
    }
    if (call.targetBytes() > setup.maxUri()) {
      throw new GatewayRefusal(
          414, "ERR max request target size exceeded. Limit: " + setup.maxUri() + " bytes");
    }
    if (call.hasHeader("content-encoding")
        && !call.headers("Content-Encoding").stream().allMatch("identity"::equalsIgnoreCase)) {
      throw new GatewayRefusal(415, "ERR unsupported Content-Encoding, only identity");
    }
    AnswerForm wanted = AnswerForm.of(call, form);
    String query = call.query();
    String token = call.bearer().orElse("");
    if (token.isEmpty() && query != null) {
      token = TargetBytes.token(query);
    }
    var request = new Request(call, form, wanted, token, headers);
    if (token.isEmpty()) {
      return withoutKey(request, "Missing API key");
    }
    call.withKey();
    if (call.isDraining()) {
      throw GatewayRefusal.unavailable("this node is stopping");
    }
    return AtOnce.then(keys.check(token), verdict -> ofVerdict(request, verdict));
  }

  private CompletionStage<HttpResponse> ofVerdict(Request request, KeyVerdict verdict) {
    RawCall call = request.call();
    if (verdict instanceof KeyVerdict.Valid valid) {
      keys.used(valid.grant().id(), call.remote());
      return ofKey(request, valid.grant());
    }
    if (verdict instanceof KeyVerdict.Unavailable unavailable) {
      return call.unread(
          CompletableFuture.failedFuture(GatewayRefusal.unavailable(unavailable.cause())));
    }
    call.keyRefused();
    return withoutKey(request, "Invalid or expired API key");
  }

  /** Whoever has no key is held to the limit of its address. */
  private CompletionStage<HttpResponse> withoutKey(Request request, String text) {
    RawCall call = request.call();
    var refusal = new GatewayRefusal(401, text, RawHeader.create("WWW-Authenticate", "Bearer"));
    denials.unauthenticated(call.remote(), call.userAgent(), text);
    return call.unread(
        limited(
            addressHeaders,
            limits.ofAddress(call.remote()),
            1,
            request,
            () -> CompletableFuture.completedFuture(GatewayAnswers.error(refusal))));
  }

  private CompletionStage<HttpResponse> ofKey(Request request, KeyGrant grant) {
    RawCall call = request.call();
    return AtOnce.then(
        find(call, grant),
        found -> {
          Opened instance = opened(found, call);
          return instance == null
              ? call.unread(charged(request, grant, whyNot(found)))
              : call.body(
                  body -> ofBody(request, grant, instance, body),
                  failure -> charged(request, grant, failure));
        });
  }

  /** An instance that the key opens, where its commands are run, and what tells of it. */
  private record Opened(UUID id, InstanceCommands commands, InstanceEvents events) {}

  /** Null = there is none, or it cannot be told. */
  private @Nullable Opened opened(Found found, RawCall call) {
    if (found instanceof Found.Embedded embedded) {
      var target =
          new EmbeddedInstances.Target(
              embedded.id(), embedded.maxMemory(), call.correlationId(), call.client());
      return new Opened(embedded.id(), instances.on(target), streams.ofEmbedded());
    }
    return found instanceof Found.External external
        ? new Opened(
            external.id(), externals.on(external.where()), externals.events(external.where()))
        : null;
  }

  /** The instance in the path, if the key opens it. */
  private CompletionStage<Found> find(RawCall call, KeyGrant grant) {
    UUID id = call.segments().isEmpty() ? null : id(call.segments().get(0));
    if (id == null || !(grant.instances().isEmpty() || grant.instances().contains(id))) {
      return CompletableFuture.completedFuture(new Found.Missing());
    }
    return AtOnce.map(
        directory.find(id),
        found -> isOf(found, grant.organization()) ? found : new Found.Missing());
  }

  private static @Nullable UUID id(String text) {
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equalsIgnoreCase(text) ? id : null; // 1-1-1-1-1 is taken too otherwise
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean isOf(Found found, UUID organization) {
    if (found instanceof Found.Embedded embedded) {
      return embedded.organization().equals(organization);
    }
    return !(found instanceof Found.External external)
        || external.organization().equals(organization);
  }

  private static GatewayRefusal whyNot(Found found) {
    return found instanceof Found.Unavailable unavailable
        ? GatewayRefusal.unavailable(unavailable.cause())
        : new GatewayRefusal(404, "Redis instance not found");
  }

  /** What fails between key and limiter costs as much as a command. */
  private CompletionStage<HttpResponse> charged(
      Request request, KeyGrant grant, Throwable failure) {
    return limited(
        keyHeaders,
        limits.ofKey(grant, 1),
        1,
        request,
        () -> CompletableFuture.completedFuture(answers.failed(request.call(), failure)));
  }

  private CompletionStage<HttpResponse> ofBody(
      Request request, KeyGrant grant, Opened instance, ByteString body) {
    RawCall call = request.call();
    List<List<Bytes>> commands;
    try {
      commands = commands(request, body);
    } catch (GatewayRefusal no) {
      return charged(request, grant, no);
    }
    var work = new Execution.Work(instance.commands(), grant, call, request.answer(), commands);
    return limited(
        keyHeaders,
        limits.ofKey(grant, commands.size()),
        commands.size(),
        request,
        () ->
            switch (request.form()) {
              case COMMAND, PATH -> execution.single(work);
              case PIPELINE -> execution.pipeline(work);
              case TRANSACTION -> execution.transaction(work);
              case SUBSCRIBE, PSUBSCRIBE, MONITOR ->
                  events(request, grant, instance, commands.get(0));
            });
  }

  private CompletionStage<HttpResponse> events(
      Request request, KeyGrant grant, Opened instance, List<Bytes> command) {
    return streams
        .open(
            new EventStreams.Wanted(
                request.form(),
                grant,
                request.token(),
                instance.id(),
                instance.events(),
                request.call().userAgent(),
                command))
        .exceptionally(failure -> answers.failed(request.call(), failure));
  }

  private List<List<Bytes>> commands(Request request, ByteString body) {
    RawCall call = request.call();
    return switch (request.form()) {
      case COMMAND -> List.of(CommandReader.command(body.toArray()));
      case PIPELINE, TRANSACTION -> CommandReader.batch(body.toArray(), setup.maxCommands());
      case PATH -> {
        List<Bytes> command = path(call);
        if (!body.isEmpty()) {
          command.add(Bytes.of(body.toArray()));
        }
        String query = call.query();
        if (query != null) {
          command.addAll(TargetBytes.ofQuery(query));
        }
        yield List.of(command);
      }
      case SUBSCRIBE, PSUBSCRIBE, MONITOR -> List.of(path(call));
    };
  }

  private static List<Bytes> path(RawCall call) {
    var arguments = new ArrayList<Bytes>();
    for (String segment : call.segments().subList(1, call.segments().size())) {
      arguments.add(TargetBytes.ofPath(segment));
    }
    return arguments;
  }

  /**
   * Goes on if the limit allows it, and tells how it stands, whatever comes of it. Never fails.
   *
   * @param decision null = no limit is in force
   * @param next may throw, and may fail
   */
  private CompletionStage<HttpResponse> limited(
      RateHeaders limit,
      @Nullable CompletionStage<RateDecision> decision,
      int cost,
      Request request,
      Supplier<CompletionStage<HttpResponse>> next) {
    if (decision == null) {
      return answered(request.call(), next);
    }
    return AtOnce.then(
        decision,
        taken -> {
          limit.addTo(request.headers(), taken);
          return taken.admitted()
              ? answered(request.call(), next)
              : CompletableFuture.completedFuture(GatewayAnswers.limited(taken, cost));
        });
  }

  private CompletionStage<HttpResponse> answered(
      RawCall call, Supplier<CompletionStage<HttpResponse>> next) {
    try {
      return next.get();
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(answers.failed(call, e));
    }
  }
}
