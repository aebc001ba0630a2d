package io.leasehold.config.log;

import io.leasehold.config.value.Values;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is logged, and where to. Immutable.
 *
 * @param file absolute; null = standard output
 */
public record LogSettings(LogLevel level, LogFormat format, @Nullable Path file) {

  /** Reads every key now. */
  public static LogSettings from(Values values) {
    return new LogSettings(
        values.choice("log.level", LogLevel.class),
        values.choice("log.format", LogFormat.class),
        values.pathIfAny("log.file"));
  }
}
