package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.BackendConfig;
import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.CloudwatchSettings;
import io.leasehold.config.telemetry.ConsoleSettings;
import io.leasehold.config.telemetry.FilesystemSettings;
import io.leasehold.config.telemetry.PostgresSettings;
import io.leasehold.config.telemetry.PrometheusSettings;
import io.leasehold.config.telemetry.S3Settings;
import io.leasehold.domain.time.Clock;

/** Makes backends of their settings; none is opened. Safe for any thread. */
public interface BackendFactory {
  /** A backend of its own for each call. */
  Backend create(BackendSettings settings);

  /**
   * All types there are.
   *
   * @param shelf on which series for Prometheus are shown
   */
  static BackendFactory standard(Clock clock, SeriesShelf shelf) {
    return settings -> {
      BackendConfig config = settings.config();
      if (config instanceof FilesystemSettings files) {
        return new FileBackend(files, clock);
      }
      if (config instanceof PostgresSettings postgres) {
        return new PostgresBackend(postgres, settings.batch().timeout(), clock);
      }
      if (config instanceof S3Settings s3) {
        return new S3Backend(s3, settings.batch().timeout());
      }
      if (config instanceof CloudwatchSettings cloudwatch) {
        return new CloudwatchBackend(cloudwatch, settings.batch().timeout());
      }
      if (config instanceof PrometheusSettings prometheus) {
        return new PrometheusBackend(prometheus, shelf, clock);
      }
      if (config instanceof ConsoleSettings console) {
        return new ConsoleBackend(console, System.out);
      }
      throw new IllegalArgumentException(settings.type() + ": no such type of backend");
    };
  }
}
