package io.leasehold.streams.lock.wire;

/**
 * The id a client gave its request. Immutable. {@code "1"} and {@code 1} are two ids.
 *
 * @param text of a string its characters, of an integer its decimal digits
 */
public record RequestId(String text, boolean isString) {

  /** A text that tells string ids from integers. */
  public String canonical() {
    return (isString ? "s" : "i") + text;
  }
}
