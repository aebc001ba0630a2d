package io.leasehold.config.telemetry;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The {@code config} of a backend that writes objects into a bucket of S3, or of what speaks its
 * protocol. Has no credentials: they come from where the SDK looks for them.
 *
 * @param prefix of all keys, as it is; empty = none
 * @param region empty = where the SDK looks for it; with an endpoint us-east-1
 * @param endpoint null = that of AWS for the region
 * @param pathStyle whether the bucket stands in the path instead of the name of the host
 * @param gzip whether objects are packed
 */
public record S3Settings(
    String bucket,
    String prefix,
    String region,
    @Nullable URI endpoint,
    boolean pathStyle,
    boolean gzip)
    implements BackendConfig {
  /** Bytes of the prefix: with it no key is longer than the 1,024 that S3 takes. */
  public static final int MAX_PREFIX = 512;
}
