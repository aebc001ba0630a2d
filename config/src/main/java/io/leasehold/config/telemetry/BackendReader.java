package io.leasehold.config.telemetry;

import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.config.value.Shown;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one backend of the file. Confined to one reading. */
final class BackendReader {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern PREFIX = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]{0,63}");

  /** Families of this process begin so: what applications send must not be mixed with them. */
  private static final List<String> OUR_NAMES =
      List.of("sidecar_", "leasehold_", "jvm_", "process_");

  private static final int MAX_COUNT = 1_000_000;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final List<String> TYPES =
      List.of(
          "filesystem", "timescaledb", "postgresql", "s3", "cloudwatch", "prometheus", "console");
  private static final List<String> OVERFLOWS =
      List.of("block", "drop_newest", "drop_oldest", "drop_lowest_priority");

  private final int flushBatchSize;
  private final Duration flushInterval;

  BackendReader(int flushBatchSize, Duration flushInterval) {
    this.flushBatchSize = flushBatchSize;
    this.flushInterval = flushInterval;
  }

  /**
   * Reads a backend.
   *
   * @param standardBuffer bytes where the file names none
   * @return null if its type is unknown
   */
  @Nullable BackendSettings read(String name, YamlSection section, long standardBuffer) {
    if (!NAME.matcher(name).matches()) {
      section
          .context()
          .problem(section.node(), section.path(), "a name has 1..64 of A-Z a-z 0-9 . _ -");
    }
    String type = section.required("type").toLowerCase(Locale.ROOT);
    boolean enabled = section.bool("enabled", true);
    var config = config(type, section);
    var batch = batch(type, section.section("batch"));
    var retry = retry(section.section("retry"));
    var dead = section.section("dead_letter");
    long deadBytes = dead.size("max_bytes", GIB, 0, 1024 * GIB);
    dead.done();
    var breaker = breaker(section.section("circuit_breaker"));
    var overflow = overflow(section.word("overflow", "block", OVERFLOWS));
    var whenDown = overflow(section.word("when_down", "drop_oldest", OVERFLOWS.subList(1, 4)));
    // batches of s3 end where chunks of what was read do: they must have room
    long least = type.equals("s3") ? MIB : 1 << 16;
    long buffer = section.size("buffer", Math.max(least, standardBuffer), least, 16 * GIB);
    var timeout =
        section.duration("block_timeout", Duration.ofSeconds(2), Duration.ofMillis(10), HOUR);
    section.done();
    return config == null
        ? null
        : new BackendSettings(
            name, type, enabled, config, batch, buffer, overflow, timeout, whenDown, retry,
            deadBytes, breaker);
  }

  private static Overflow overflow(String word) {
    return Overflow.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private @Nullable BackendConfig config(String type, YamlSection section) {
    var config = section.section("config");
    switch (type) {
      case "filesystem" -> {
        return filesystem(config);
      }
      case "timescaledb", "postgresql" -> {
        return PostgresReader.read(type, config);
      }
      case "s3" -> {
        return AwsReader.s3(config);
      }
      case "cloudwatch" -> {
        return AwsReader.cloudwatch(config);
      }
      case "prometheus" -> {
        return prometheus(config);
      }
      case "console" -> {
        boolean text = config.word("format", "json", List.of("json", "text")).equals("text");
        config.done();
        return new ConsoleSettings(text);
      }
      case "" -> {
        return null; // that it is missing has been said
      }
      default -> {
        section.problem(
            "type", Shown.value(type) + ": this release has the types " + String.join(", ", TYPES));
        return null;
      }
    }
  }

  private static FilesystemSettings filesystem(YamlSection config) {
    var settings =
        new FilesystemSettings(
            path(config),
            config.bool("rotate_daily", true),
            config.integer("rotate_size_mb", 100, 0, 1 << 20),
            zone(config),
            config.bool("gzip", false),
            sync(config),
            config.word("format", "raw", List.of("raw", "canonical")).equals("canonical"),
            config.integer("min_free_mb", 100, 0, 1 << 30),
            config.integer("retention_days", 0, 0, 36_500));
    if (!settings.rotateDaily() && settings.gzip()) {
      config.warning("gzip", "has no effect with rotate_daily: false, no file is ever finished");
    }
    if (!settings.rotateDaily() && settings.retentionDays() > 0) {
      config.warning("retention_days", "has no effect with rotate_daily: false, files have no day");
    }
    config.done();
    return settings;
  }

  private static PrometheusSettings prometheus(YamlSection config) {
    String prefix = config.text("prefix", "app_");
    boolean ours =
        OUR_NAMES.stream().anyMatch(each -> each.startsWith(prefix) || prefix.startsWith(each));
    if (!PREFIX.matcher(prefix).matches() || ours) {
      config.problem(
          "prefix",
          Shown.value(prefix)
              + ": must be [a-zA-Z_][a-zA-Z0-9_]*, and none of "
              + String.join(", ", OUR_NAMES));
    }
    var settings =
        new PrometheusSettings(
            prefix,
            config.texts("counters", List.of("*_total")),
            config.texts("deltas", List.of()),
            config.integer("max_series", 10_000, 1, 1_000_000),
            config.integer("max_series_per_source", 2_000, 1, 1_000_000),
            config.duration("ttl", Duration.ofMinutes(5), Duration.ofSeconds(1), DAY));
    config.done();
    return settings;
  }

  private static Path path(YamlSection config) {
    String text = config.required("base_path");
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      config.problem("base_path", Shown.value(text) + ": is no path");
      return Path.of("").toAbsolutePath();
    }
  }

  private static ZoneId zone(YamlSection config) {
    String text = config.text("timezone", "UTC");
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      config.problem("timezone", Shown.value(text) + ": no such time zone, write Europe/Berlin");
      return ZoneId.of("UTC");
    }
  }

  /** Null = never, zero = each batch. */
  private static @Nullable Duration sync(YamlSection config) {
    String text = config.text("fsync", "1s");
    if (text.equals("never")) {
      return null;
    }
    if (text.equals("batch")) {
      return Duration.ZERO;
    }
    return config.duration("fsync", Duration.ofSeconds(1), Duration.ofMillis(10), HOUR);
  }

  /**
   * What holds for a type where the file says nothing.
   *
   * @param leastMessages and {@code leastBytes}: the caps may not be smaller
   */
  private record Habits(
      int trigger,
      long triggerBytes,
      Duration linger,
      int maxMessages,
      int leastMessages,
      long maxBytes,
      long leastBytes,
      int concurrency) {}

  private Habits habits(String type) {
    return switch (type) {
      // somebody looks on
      case "console" -> new Habits(1, Long.MAX_VALUE, flushInterval, 10_000, 1, MIB, 1 << 10, 1);
      case "timescaledb", "postgresql" ->
          new Habits(flushBatchSize, Long.MAX_VALUE, flushInterval, 10_000, 1, 4 * MIB, 1 << 10, 2);
      // few large objects; not below what is read at once, where batches begin and end
      case "s3" ->
          new Habits(
              MAX_COUNT, 8 * MIB, Duration.ofMinutes(1), MAX_COUNT, 10_000, 8 * MIB, MIB / 2, 4);
      default ->
          new Habits(flushBatchSize, Long.MAX_VALUE, flushInterval, 10_000, 1, MIB, 1 << 10, 1);
    };
  }

  private BackendSettings.Batching batch(String type, YamlSection batch) {
    Habits habits = habits(type);
    var settings =
        new BackendSettings.Batching(
            batch.integer("trigger", habits.trigger, 1, MAX_COUNT),
            habits.triggerBytes,
            batch.duration("linger", habits.linger, Duration.ofMillis(1), HOUR),
            batch.integer("max_messages", habits.maxMessages, habits.leastMessages, MAX_COUNT),
            batch.size("max_bytes", habits.maxBytes, habits.leastBytes, GIB),
            batch.duration("timeout", Duration.ofSeconds(10), Duration.ofMillis(10), HOUR),
            habits.concurrency);
    batch.done();
    return settings;
  }

  private static BackendSettings.Retry retry(YamlSection retry) {
    var settings =
        new BackendSettings.Retry(
            retry.duration("base", Duration.ofMillis(100), Duration.ofMillis(1), HOUR),
            retry.duration("cap", Duration.ofSeconds(30), Duration.ofMillis(1), HOUR),
            retry.integer("max_attempts", 0, 0, 1_000_000),
            retry.duration("max_age", Duration.ZERO, Duration.ZERO, DAY.multipliedBy(365)));
    retry.done();
    return settings;
  }

  private static BackendSettings.CircuitBreaker breaker(YamlSection breaker) {
    var settings =
        new BackendSettings.CircuitBreaker(
            breaker.integer("failure_threshold", 5, 1, 1_000_000),
            breaker.integer("success_threshold", 2, 1, 1_000_000),
            breaker.duration("timeout", Duration.ofSeconds(10), Duration.ofMillis(10), HOUR),
            breaker.integer("half_open_requests", 3, 1, 1_000));
    breaker.done();
    return settings;
  }
}
