package io.leasehold.http.access;

import io.leasehold.domain.access.ApiKeys;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.Query;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;

/** A request as the routes see it. Immutable. */
public final class Call {
  private final HttpRequest request;
  private final String correlationId;
  private final Optional<String> presentedKey;
  private final Optional<ApiKeys.Caller> caller;
  private final CompletionStage<Done> ended;

  /** One whose connection is not watched. */
  Call(HttpRequest request, String correlationId, Optional<ApiKeys.Caller> caller) {
    this(request, correlationId, Optional.empty(), caller, new CompletableFuture<>());
  }

  Call(
      HttpRequest request,
      String correlationId,
      Optional<String> presentedKey,
      Optional<ApiKeys.Caller> caller,
      CompletionStage<Done> ended) {
    this.request = request;
    this.correlationId = correlationId;
    this.presentedKey = presentedKey;
    this.caller = caller;
    this.ended = ended;
  }

  /** The key of the headers, right or wrong. */
  public Optional<String> presentedKey() {
    return presentedKey;
  }

  /** Done when the connection has ended, or its input: nobody may be there to read an answer. */
  public CompletionStage<Done> ended() {
    return ended;
  }

  public HttpRequest request() {
    return request;
  }

  public String method() {
    return request.method().name();
  }

  public String path() {
    return request.getUri().path();
  }

  /** Whether a key was presented that somebody has. */
  public boolean isKnown() {
    return caller.isPresent();
  }

  /** Whether a key with this right was presented. */
  public boolean may(ApiKeys.Right right) {
    return caller.map(who -> who.may(right)).orElse(false);
  }

  public String correlationId() {
    return correlationId;
  }

  /** Relaxed: {@code name[]=x} is asked for with plain brackets too. */
  private Query query() {
    try {
      return request.getUri().query(StandardCharsets.UTF_8, Uri.RELAXED);
    } catch (IllegalUriException e) {
      throw new BadQuery("the query of the URL cannot be read");
    }
  }

  public Optional<String> query(String name) {
    return query().get(name);
  }

  /** The body, if it has been read whole and is not too long; empty otherwise. */
  public Optional<byte[]> body() {
    return request.entity() instanceof HttpEntity.Strict strict
            && strict.getData().size() <= Door.MAX_BODY // one that came at once is never counted
        ? Optional.of(strict.getData().toArray())
        : Optional.empty();
  }

  public List<String> queries(String name) {
    return query().toList().stream()
        .filter(pair -> pair.first().equals(name))
        .map(pair -> pair.second())
        .toList();
  }

  public Optional<String> header(String name) {
    return request.getHeader(name).map(HttpHeader::value);
  }

  /** A whole number of the query within its range, or an error text. */
  public int limit(int defaultLimit, int max) {
    String text = query("limit").orElse(Integer.toString(defaultLimit));
    if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > max) {
      throw new BadQuery("limit must be a whole number from 1 to " + max + ", got " + cut(text));
    }
    return Integer.parseInt(text);
  }

  /** Whether all members of the cluster are meant, or this node only. */
  public boolean isOfCluster() {
    String scope = query("scope").orElse("node");
    if (!scope.equals("node") && !scope.equals("cluster")) {
      throw new BadQuery("scope must be node or cluster, got " + cut(scope));
    }
    return scope.equals("cluster");
  }

  private static String cut(String text) {
    return text.length() > 64 ? text.substring(0, 64) + "..." : text;
  }

  /** The query is wrong; the message is for the client. */
  public static final class BadQuery extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadQuery(String message) {
      super(message, null, false, false);
    }
  }
}
