package io.leasehold.config.access;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * External instances: how a node connects to them, and what seals their passwords. Immutable;
 * prints no secret.
 *
 * @param encryptionKeys {@code id:base64 of 32 bytes}; the first seals, all open
 * @param maxRetryAttempts tries of one connecting, 1..10
 * @param retryDelay before the second try, doubled for each further one, 1 ms..30 s
 * @param connections to an instance, of one node, 2..1,000; half are shared
 * @param allowNetworks what may be connected to though it is denied
 * @param denyNetworks what must not be connected to
 * @param healthCheckInterval between two checks of an instance, 1 s..1 h
 */
public record ExternalSettings(
    List<Secret> encryptionKeys,
    int maxRetryAttempts,
    Duration retryDelay,
    int connections,
    List<Network> allowNetworks,
    List<Network> denyNetworks,
    Duration healthCheckInterval) {
  private static final int KEY_BYTES = 32;
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]{1,32}:[A-Za-z0-9+/=]{40,48}");
  private static final String FORM = "a network such as 10.0.0.0/8 or fd00::/8";

  public ExternalSettings {
    encryptionKeys = List.copyOf(encryptionKeys);
    allowNetworks = List.copyOf(allowNetworks);
    denyNetworks = List.copyOf(denyNetworks);
    Checks.of("gateway")
        .that(
            encryptionKeys.stream().allMatch(ExternalSettings::isKey),
            "encryption-keys",
            encryptionKeys,
            "each must be an id of letters and digits, a colon and the base64 of 32 bytes")
        .that(
            encryptionKeys.stream().map(ExternalSettings::idOf).distinct().count()
                == encryptionKeys.size(),
            "encryption-keys",
            encryptionKeys,
            "each must have an id of its own")
        .within("external.max-retry-attempts", maxRetryAttempts, 1, 10)
        .within("external.retry-delay", retryDelay, Duration.ofMillis(1), Duration.ofSeconds(30))
        .within("external.connections", connections, 2, 1_000)
        .within(
            "health-check-interval",
            healthCheckInterval,
            Duration.ofSeconds(1),
            Duration.ofHours(1))
        .done();
  }

  private static boolean isKey(Secret key) {
    String text = key.reveal();
    if (!KEY.matcher(text).matches()) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(text.substring(text.indexOf(':') + 1)).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String idOf(Secret key) {
    String text = key.reveal();
    return text.substring(0, Math.max(0, text.indexOf(':')));
  }

  /** Reads every key now. */
  public static ExternalSettings from(Values values) {
    return new ExternalSettings(
        values.secrets("gateway.encryption-keys"),
        values.integer("gateway.external.max-retry-attempts"),
        values.duration("gateway.external.retry-delay"),
        values.integer("gateway.external.connections"),
        values.items("gateway.external.allow-networks", FORM, Network::parse),
        values.items("gateway.external.deny-networks", FORM, Network::parse),
        values.duration("gateway.health-check-interval"));
  }
}
