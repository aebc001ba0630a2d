package io.leasehold.config.telemetry;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of {@code tests}: a message, and what must become of it. Immutable.
 *
 * @param input a JSON object, without blanks
 * @param dropped reason, null = it must not be dropped
 * @param targets null = nothing is said of them
 * @param messages by target: texts of JSON by dotted path
 */
public record FixtureSettings(
    String name,
    String input,
    @Nullable String dropped,
    @Nullable List<String> targets,
    Map<String, Map<String, String>> messages) {
  public FixtureSettings {
    targets = targets == null ? null : List.copyOf(targets);
    messages = Map.copyOf(messages);
  }
}
