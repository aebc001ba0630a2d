package io.leasehold.http.access;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** A request of a {@link RawArea}, as it was sent. Immutable; safe for any thread. */
public final class RawCall {
  private final ApiCall call;
  private final RequestTarget target;
  private final BodyReader bodies;
  private final ApiTraffic traffic;
  private final boolean draining;

  RawCall(
      ApiCall call, RequestTarget target, BodyReader bodies, ApiTraffic traffic, boolean draining) {
    this.call = call;
    this.target = target;
    this.bodies = bodies;
    this.traffic = traffic;
    this.draining = draining;
  }

  public String method() {
    return call.method();
  }

  /** Bytes of path and query. */
  public int targetBytes() {
    return call.presented().target().length();
  }

  /** Of the path behind the segment of the area, neither decoded nor folded. */
  public List<String> segments() {
    return target.segments().subList(1, target.segments().size());
  }

  /** Behind the question mark, as sent; null without one. */
  public @Nullable String query() {
    return target.query();
  }

  /** The token of {@code Authorization: Bearer}. */
  public Optional<String> bearer() {
    return call.presented().bearer();
  }

  /** All values of a header, in order. */
  public List<String> headers(String name) {
    return call.headers(name);
  }

  /** Whether there is any such header; cheaper than to ask for its values. */
  public boolean hasHeader(String lowercaseName) {
    return call.presented().has(lowercaseName);
  }

  /** What the client says it is; empty if it says nothing. */
  public String userAgent() {
    List<String> all = call.headers("User-Agent");
    return all.isEmpty() ? "" : all.get(0);
  }

  /** The address of the client as a number; empty if it is not known. */
  public String remote() {
    return call.remote();
  }

  /** The client with its port, {@code address:port}; empty if it is not known. */
  public String client() {
    return call.client();
  }

  public String correlationId() {
    return call.correlationId();
  }

  /** Whether the node is stopping. */
  public boolean isDraining() {
    return draining;
  }

  /** Counts a request with a key. */
  public void withKey() {
    traffic.withKey();
  }

  /** Counts a key that was refused. */
  public void keyRefused() {
    traffic.keyRefused();
  }

  /**
   * Reads the body and gives it on.
   *
   * @param next never fails its stage, and does not throw
   * @param otherwise answers if it is not read, with {@link Refused} if it is too large or there is
   *     no room for it
   */
  public <T> CompletionStage<T> body(
      Function<ByteString, CompletionStage<T>> next,
      Function<Throwable, CompletionStage<T>> otherwise) {
    ByteString whole;
    try {
      whole = bodies.ifRead(call.request());
    } catch (Refused e) {
      return otherwise.apply(e);
    }
    return whole != null
        ? next.apply(whole)
        : bodies
            .read(call.request(), call.presented().expectsContinue(), next)
            .exceptionallyCompose(otherwise);
  }

  /** The same answer, once the body that nobody wants is read off. */
  public <T> CompletionStage<T> unread(CompletionStage<T> answer) {
    return bodies.unread(call.request(), call.presented().expectsContinue(), answer);
  }
}
