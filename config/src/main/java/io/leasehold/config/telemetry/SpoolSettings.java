package io.leasehold.config.telemetry;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is kept on disk until it is delivered.
 *
 * @param dir null = {@code spool} in the data directory of the sidecar
 * @param maxBytes of records that some target still needs
 * @param minFree bytes that stay free on the file system
 */
public record SpoolSettings(
    Use use, @Nullable Path dir, long maxBytes, long minFree, WhenFull whenFull) {
  /** Which messages go through it. */
  public enum Use {
    /** Those of connections that asked for {@code durable}. */
    ACKED,
    /** All. */
    ALWAYS,
    /** None: {@code durable} is refused. */
    OFF
  }

  /** What happens at {@code maxBytes}. */
  public enum WhenFull {
    /** The targets that lag lose their oldest records. */
    DROP_OLDEST,
    /** They lose the least important ones, the oldest of them first. */
    DROP_LOWEST_PRIORITY,
    /** Durable connections are not read. */
    BLOCK
  }
}
