package io.leasehold.streams.telemetry.backend;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;

/**
 * The connections of a client of AWS. Retries nothing: its callers do, with the breaker in mind.
 * Safe for any thread; {@link #close} breaks off what is under way.
 */
final class AwsHttp implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final SdkHttpClient http;
  private final Duration timeout;
  private volatile boolean closed;

  /**
   * Connects when it is first used.
   *
   * @param connections at once, at most
   * @param timeout of a batch; one call lasts a second longer at most
   */
  AwsHttp(int connections, Duration timeout) {
    this.timeout = timeout.plusSeconds(1);
    this.http =
        Apache5HttpClient.builder()
            .maxConnections(connections)
            .connectionTimeout(CONNECT.compareTo(timeout) < 0 ? CONNECT : timeout)
            .connectionAcquisitionTimeout(this.timeout)
            .socketTimeout(this.timeout)
            .build();
  }

  /**
   * Makes a client of what {@code builder} says of its service; the caller closes it.
   *
   * @param region empty = where the SDK looks for it
   * @throws BackendException if there is no region, or the SDK's own files are wrong
   */
  <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(
      B builder, String region, @Nullable URI endpoint) throws BackendException {
    builder.httpClient(http);
    builder.overrideConfiguration(
        each -> each.retryStrategy(AwsRetryStrategy.doNotRetry()).apiCallTimeout(timeout));
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    if (!region.isEmpty()) {
      builder.region(Region.of(region));
    } else if (endpoint != null) {
      builder.region(Region.US_EAST_1); // it is part of the signature; most such servers ignore it
    }
    try {
      return builder.build();
    } catch (SdkClientException e) {
      throw BackendException.misconfigured("config.region: " + AwsErrors.text(e), e);
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    http.close();
  }
}
