package io.leasehold.config.value;

/** A value that is not of the kind its setting needs. */
final class WrongValue extends Exception {
  private static final long serialVersionUID = 1L;

  /** Takes what is expected instead, {@code must be true or false} for example. */
  WrongValue(String expected) {
    super(expected, null, false, false);
  }

  String expected() {
    return String.valueOf(getMessage());
  }
}
