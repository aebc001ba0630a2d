package io.leasehold.config.value;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;

/** A text that is never printed: {@link #toString} is {@value #MASK}. Immutable. */
public final class Secret {
  /** Stands for a secret in every output. */
  public static final String MASK = "***";

  /** No secret at all. */
  public static final Secret EMPTY = new Secret("");

  private final String text;

  /** Wraps the secret itself, not the name of a file that holds it. */
  public Secret(String text) {
    this.text = text;
  }

  /** The secret itself; must not reach a log, an error text or a metric. */
  public String reveal() {
    return text;
  }

  /** Whether there is nothing to hide. */
  public boolean isEmpty() {
    return text.isEmpty();
  }

  /** Compares in constant time for texts of the same length. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret
        && MessageDigest.isEqual(text.getBytes(UTF_8), secret.text.getBytes(UTF_8));
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return MASK;
  }
}
