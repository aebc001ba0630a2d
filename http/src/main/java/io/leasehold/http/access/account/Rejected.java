package io.leasehold.http.access.account;

/** A request that is wrong as it stands. Thrown while it is read, answered by {@link Control}. */
final class Rejected extends RuntimeException {
  private static final long serialVersionUID = 1;
  static final int INVALID = 400;
  static final int TOO_LARGE = 413;
  static final int NO_JSON = 415;
  static final int WRONG_TYPE = 422;
  static final int NOT_BUILT = 501;

  private final int status;

  /** The message is for the client: {@code field: reason}. */
  Rejected(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
