package io.leasehold.config.telemetry;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The {@code config} of a backend that writes events into CloudWatch Logs. Has no credentials: they
 * come from where the SDK looks for them.
 *
 * @param logStream {@value #SOURCE} in it stands for the source of a message
 * @param region empty = where the SDK looks for it; with an endpoint us-east-1
 * @param endpoint null = that of AWS for the region
 * @param create whether group and streams are made when they are missing
 */
public record CloudwatchSettings(
    String logGroup, String logStream, String region, @Nullable URI endpoint, boolean create)
    implements BackendConfig {
  /** Stands for the source of a message. */
  public static final String SOURCE = "{source}";
}
