package io.leasehold.config.log;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is logged, and where to. Immutable.
 *
 * @param file absolute; null = standard output
 * @param slow a request that took longer is logged, whatever came of it; above 0, up to an hour
 */
public record LogSettings(
    LogLevel level, LogFormat format, @Nullable Path file, LoggedRequests requests, Duration slow) {
  public LogSettings {
    Checks.of("log").positive("slow", slow, Duration.ofHours(1)).done();
  }

  /** Reads every key now. */
  public static LogSettings from(Values values) {
    return new LogSettings(
        values.choice("log.level", LogLevel.class),
        values.choice("log.format", LogFormat.class),
        values.pathIfAny("log.file"),
        values.choice("log.requests", LoggedRequests.class),
        values.duration("log.slow"));
  }
}
