package io.leasehold.config.load;

/**
 * An effective value and where it comes from.
 *
 * @param path without the leading {@code leasehold.}
 * @param value on one line, secrets masked
 * @param origin {@code default}, {@code leasehold.conf: 12}, {@code environment
 *     LEASEHOLD_LOCK_PORT}, {@code --port} or {@code --set}
 */
public record Origin(String path, String value, String origin) {}
