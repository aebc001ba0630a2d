package io.leasehold.config.value;

/**
 * One mistake in a configuration.
 *
 * @param path of the setting without the leading {@code leasehold.}, or of what stands for it
 * @param text the whole line: path, value, bound, reason
 */
public record Problem(String path, String text) {}
