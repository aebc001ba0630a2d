package io.leasehold.http.kv.redis;

import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** A request that is not carried out, and what its sender is told. */
final class GatewayRefusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final transient List<HttpHeader> headers;

  GatewayRefusal(int status, String text, HttpHeader... headers) {
    super(text, null, false, false);
    this.status = status;
    this.headers = List.of(headers);
  }

  /** Something is wrong with the request itself. */
  static GatewayRefusal malformed(String text) {
    return new GatewayRefusal(400, "ERR " + text);
  }

  /** What was asked for is not there at the moment. */
  static GatewayRefusal unavailable(String cause) {
    return unavailable(cause, 1);
  }

  /** The same, where it is known when it may be there again. */
  static GatewayRefusal unavailable(String cause, int retryAfterSeconds) {
    return new GatewayRefusal(
        503,
        "ERR instance unavailable: " + cause,
        RawHeader.create("Retry-After", Integer.toString(retryAfterSeconds)));
  }

  /** The connection to the instance broke while it was asked. */
  static GatewayRefusal lost() {
    return new GatewayRefusal(
        503,
        "ERR connection to the instance was lost, the command may have run",
        RawHeader.create("Retry-After", "1"));
  }

  static GatewayRefusal tooLarge(long limit) {
    return new GatewayRefusal(413, tooLargeText(limit));
  }

  static String tooLargeText(long limit) {
    return "ERR max request size exceeded. Limit: " + limit + " bytes";
  }

  int status() {
    return status;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  List<HttpHeader> headers() {
    return headers;
  }
}
