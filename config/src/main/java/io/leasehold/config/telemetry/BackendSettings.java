package io.leasehold.config.telemetry;

import java.time.Duration;

/**
 * One backend, as it is set up.
 *
 * @param type as in the file, lower case
 * @param enabled false: no rule on it counts
 * @param config of its type
 * @param bufferBytes of messages that wait or are being delivered, at most
 * @param blockTimeout without a finished batch: then {@code whenDown} decides
 * @param deadLetterMaxBytes of its dead letters, at most; 0 = no limit
 */
public record BackendSettings(
    String name,
    String type,
    boolean enabled,
    BackendConfig config,
    Batching batch,
    long bufferBytes,
    Overflow overflow,
    Duration blockTimeout,
    Overflow whenDown,
    Retry retry,
    long deadLetterMaxBytes,
    CircuitBreaker breaker) {

  /** What happens to a message for which there is no room. */
  public enum Overflow {
    /** Connections with a message for it are not read. */
    BLOCK,
    DROP_NEWEST,
    DROP_OLDEST,
    DROP_LOWEST_PRIORITY
  }

  /**
   * When a batch starts, and how much it takes.
   *
   * @param trigger messages that start it, 1 or more
   * @param triggerBytes bytes that start it
   * @param linger age of the oldest message that starts it
   * @param timeout a batch that takes longer opens the breaker
   * @param concurrency batches under way at once
   */
  public record Batching(
      int trigger,
      long triggerBytes,
      Duration linger,
      int maxMessages,
      long maxBytes,
      Duration timeout,
      int concurrency) {}

  /**
   * How often a batch is tried again.
   *
   * @param base of the pause before the first retry
   * @param cap of all pauses
   * @param maxAttempts 0 = no limit
   * @param maxAge zero = no limit
   */
  public record Retry(Duration base, Duration cap, int maxAttempts, Duration maxAge) {}

  /** When the breaker opens and closes. */
  public record CircuitBreaker(
      int failureThreshold, int successThreshold, Duration timeout, int halfOpenRequests) {}
}
