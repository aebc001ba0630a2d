package io.leasehold.app.server;

/** The server could not start; the message is for the operator. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  StartException(String message) {
    super(message);
  }

  StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
