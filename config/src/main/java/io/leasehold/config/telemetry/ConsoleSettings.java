package io.leasehold.config.telemetry;

/**
 * The {@code config} of a backend that writes to standard output.
 *
 * @param text false: each line as it was received; true: for people to read
 */
public record ConsoleSettings(boolean text) implements BackendConfig {}
