package io.leasehold.domain.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * How the configuration in force came to be. Immutable.
 *
 * @param state {@code settled}, {@code window} (watched after a change) or {@code rolled_back}
 * @param sha256 of the file in force, in hex
 * @param loadedAtMillis since the epoch
 * @param last what came of the last reload, null = there was none
 */
public record ReloadState(
    String state, String sha256, long loadedAtMillis, @Nullable ReloadOutcome last) {}
