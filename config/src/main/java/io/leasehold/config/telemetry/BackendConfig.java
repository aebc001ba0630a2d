package io.leasehold.config.telemetry;

/** What a type of backend has under {@code config}. */
public interface BackendConfig {}
