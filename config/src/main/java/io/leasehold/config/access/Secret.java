package io.leasehold.config.access;

/** A text that must not be shown. Immutable. */
public record Secret(String reveal) {
  /** What is shown instead. */
  public static final String MASK = "***";

  @Override
  public String toString() {
    return MASK;
  }
}
