package io.leasehold.http.access;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.kv.Bytes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ContentTypes;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** A request of the application port as its routes see it. Immutable; safe for any thread. */
public final class ApiCall {
  private static final int UNAVAILABLE = 503;

  private final HttpRequest request;
  private final RequestHeaders headers;
  private final RequestTarget target;
  private final List<String> parameters;
  private final Identity identity;
  private final ByteString body;
  private final @Nullable Envelope envelope;

  /**
   * Who asks, and the ids of the request.
   *
   * @param caller null = no key, or one that is nobody's
   * @param keysRequired false: everything is open to everybody
   * @param addresses say from where it comes
   */
  record Identity(
      String correlationId,
      String requestId,
      ApiKeys.@Nullable Caller caller,
      boolean keysRequired,
      ClientAddresses addresses) {}

  ApiCall(
      HttpRequest request,
      RequestHeaders headers,
      RequestTarget target,
      List<String> parameters,
      Identity identity,
      ByteString body,
      @Nullable Envelope envelope) {
    this.request = request;
    this.headers = headers;
    this.target = target;
    this.parameters = parameters;
    this.identity = identity;
    this.body = body;
    this.envelope = envelope;
  }

  ApiCall with(ByteString wholeBody) {
    return new ApiCall(request, headers, target, parameters, identity, wholeBody, envelope);
  }

  /** The request itself; its body has been read already unless the route streams it. */
  public HttpRequest request() {
    return request;
  }

  public String method() {
    return request.method().name();
  }

  /** Harmless text of 1 to 64 visible ASCII characters. */
  public String correlationId() {
    return identity.correlationId();
  }

  /** Harmless like {@link #correlationId}. */
  public String requestId() {
    return identity.requestId();
  }

  /**
   * Whether the body was said to be {@code application/octet-stream}. A body without a type is not:
   * the server gives it that type itself, but as this one object.
   */
  @SuppressWarnings("ReferenceEquality")
  public boolean isOctetStream() {
    ContentType type = request.entity().getContentType();
    return type != ContentTypes.application$divoctet$minusstream()
        && type.mediaType().mainType().equals("application")
        && type.mediaType().subType().equals("octet-stream");
  }

  /** The whole body; empty if there is none. */
  public ByteString body() {
    return body;
  }

  /**
   * The decoded segment of the path that stands for the first name in braces.
   *
   * @throws Refused with {@code invalid_key} if it is not percent-encoded UTF-8
   */
  public String parameter() {
    return parameter(0);
  }

  /** The same for any name in braces, from 0. */
  public String parameter(int index) {
    var decoded = RequestTarget.decoded(parameters.get(index));
    if (decoded == null) {
      throw new Refused(
          Answer.Problem.INVALID_KEY, "the key in the path is not percent-encoded UTF-8");
    }
    return decoded;
  }

  /** The first value of the query with this name; null without one. */
  public @Nullable String query(String name) {
    return target.query(name);
  }

  /** The value of a header, the first if it came several times; null without one. */
  public @Nullable String header(String name) {
    List<String> all = headers.all(name);
    return all.isEmpty() ? null : all.get(0);
  }

  /** What the client wants to get, all {@code Accept} headers joined; null = anything. */
  public @Nullable String accept() {
    return headers.accept();
  }

  /** Whether any header begins with {@code If-}: if not, none of them need be looked for. */
  public boolean isConditional() {
    return headers.isConditional();
  }

  /** All values of a header, in order. */
  public List<String> headers(String name) {
    return headers.all(name);
  }

  /** Whether the caller has this right; everybody has where keys are not required. */
  public boolean may(ApiKeys.Right right) {
    var caller = identity.caller();
    return !identity.keysRequired() || (caller != null && caller.may(right));
  }

  /** Whether this key of the store, or all keys with this prefix, are open to the caller. */
  public boolean mayTouch(Bytes keyOrPrefix) {
    var caller = identity.caller();
    return !identity.keysRequired() || caller == null || caller.mayTouch(keyOrPrefix);
  }

  /** Whose key was presented, fit for a log: {@code -} without a valid one. */
  public String keyId() {
    var caller = identity.caller();
    return caller == null ? "-" : caller.id();
  }

  /** An error answer of this request. */
  public HttpResponse error(Answer.Problem problem, String message) {
    return error(problem, message, Map.of());
  }

  /**
   * The same with more members of the body.
   *
   * @param members numbers, truth values and texts, in the order of the map
   */
  public HttpResponse error(Answer.Problem problem, String message, Map<String, Object> members) {
    if (envelope == null) {
      return Answers.error(problem, message, correlationId(), members);
    }
    boolean bug = problem == Answer.Problem.INTERNAL;
    return Answers.marked(
        envelope.error(
            problem.status(),
            bug ? message + ", correlation id " + correlationId() : message,
            problem.status() == UNAVAILABLE ? 1 : 0),
        problem);
  }

  /** Whether it is of the gateway's control plane. */
  boolean isOfControl() {
    return envelope != null;
  }

  /** The same request as the monitoring routes see it. */
  Call plain() {
    return new Call(request, correlationId(), Optional.ofNullable(identity.caller()));
  }

  /** Whose key was presented; null without a valid one. */
  ApiKeys.@Nullable Caller caller() {
    return identity.caller();
  }

  /** The address of the client as a number; empty if it is not known. */
  public String remote() {
    return identity.addresses().of(request);
  }

  /** The same with its port, {@code address:port}. */
  public String client() {
    return identity.addresses().withPort(request);
  }

  RequestHeaders presented() {
    return headers;
  }
}
