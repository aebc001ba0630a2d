package io.leasehold.http.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.stream.Materializer;
import org.jspecify.annotations.Nullable;

/**
 * The way to a {@link RawArea}: finds out what is for it, and lets pages of allowed origins in.
 * Safe for any thread.
 */
final class AreaDoor {
  private final RawArea area;
  private final ApiTraffic traffic;
  private final Cors cors;
  private @Nullable BodyReader bodies;

  AreaDoor(RawArea area, ApiTraffic traffic, Cors cors) {
    this.area = area;
    this.traffic = traffic;
    this.cors = cors;
  }

  /** Its templates are there to be counted; they are never looked for. */
  static List<ApiRoute> with(List<ApiRoute> routes, RawArea area) {
    var all = new ArrayList<>(routes);
    area.templates()
        .forEach(
            (template, methods) ->
                all.add(
                    new ApiRoute(
                        methods,
                        template,
                        null,
                        Set.of(),
                        call -> CompletableFuture.failedFuture(new IllegalStateException()))));
    return all;
  }

  /**
   * Called before the port is open.
   *
   * @param together bytes of all bodies that are read at a time
   */
  void bind(long together, Materializer materializer) {
    bodies = new BodyReader(area.maxBody(), Math.max(area.maxBody(), together), materializer);
  }

  boolean isFor(RequestTarget target) {
    return !target.segments().isEmpty() && target.segments().get(0).equals(area.segment());
  }

  /** Never fails. */
  CompletionStage<RawArea.Reply> answer(ApiCall call, RequestTarget target, boolean draining) {
    BodyReader reader = bodies;
    if (reader == null) {
      throw new IllegalStateException("not bound");
    }
    var raw = new RawCall(call, target, reader, traffic, draining);
    if (cors.isQuestion(call)) {
      String template = area.templates().keySet().iterator().next();
      return raw.unread(CompletableFuture.completedFuture(cors.preflight()))
          .thenApply(
              response ->
                  new RawArea.Reply(template, response, cors.of(call.presented().origin())));
    }
    List<HttpHeader> headers = cors.of(call.presented().origin());
    CompletionStage<RawArea.Reply> answer = area.answer(raw);
    return headers.isEmpty()
        ? answer
        : answer.thenApply(
            reply ->
                new RawArea.Reply(
                    reply.template(), reply.response().addHeaders(headers), reply.headers()));
  }
}
