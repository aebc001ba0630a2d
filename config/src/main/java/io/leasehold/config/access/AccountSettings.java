package io.leasehold.config.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Accounts of the gateway: who may have one, and how sessions and keys are signed. Immutable;
 * prints no secret.
 *
 * @param jwtSecret signs sessions and keys, {@value #MIN_SECRET_BYTES} bytes or more; empty = one
 *     is made and kept in the data directory, which only a node of its own can do
 * @param previousSecrets what they signed is still believed
 * @param sessionTtl how long a session lasts, 1 min..30 d
 * @param bcryptCost logarithm of the rounds, 4..15
 * @param publicUrl what addresses of instances begin with, without a slash at the end; empty = the
 *     request's own Host
 * @param auditRetention how long records of the audit log are kept, 1 d..3650 d
 */
public record AccountSettings(
    Secret jwtSecret,
    List<Secret> previousSecrets,
    Registration registration,
    Duration sessionTtl,
    int bcryptCost,
    String publicUrl,
    Duration auditRetention) {
  /** Of HS256: a key shorter than its hash weakens it (RFC 7518, 3.2). */
  public static final int MIN_SECRET_BYTES = 32;

  private static final Pattern URL = Pattern.compile("(https?://[A-Za-z0-9.\\[\\]:/_~-]{1,255})?");

  public AccountSettings {
    previousSecrets = List.copyOf(previousSecrets);
    Checks.of("gateway")
        .that(jwtSecret.isEmpty() || isLong(jwtSecret), "jwt-secret", jwtSecret, tooShort())
        .that(
            previousSecrets.stream().allMatch(AccountSettings::isLong),
            "jwt-previous-secrets",
            previousSecrets,
            tooShort())
        .within("session-ttl", sessionTtl, Duration.ofMinutes(1), Duration.ofDays(30))
        .within("bcrypt-cost", bcryptCost, 4, 15)
        .that(
            URL.matcher(publicUrl).matches() && !publicUrl.endsWith("/"),
            "public-url",
            publicUrl,
            "must be http://host:port or https://host/path without a slash at the end")
        .within("audit.retention", auditRetention, Duration.ofDays(1), Duration.ofDays(3650))
        .done();
  }

  /** Who may make an account. */
  public enum Registration {
    /** Everybody. */
    OPEN,
    /** Whoever comes first; then nobody. */
    FIRST_USER_ONLY,
    /** Nobody. */
    CLOSED
  }

  private static boolean isLong(Secret secret) {
    return secret.reveal().getBytes(UTF_8).length >= MIN_SECRET_BYTES;
  }

  private static String tooShort() {
    return "must be " + MIN_SECRET_BYTES + " bytes or more";
  }

  /** Reads every key now. */
  public static AccountSettings from(Values values) {
    return new AccountSettings(
        values.secret("gateway.jwt-secret"),
        values.secrets("gateway.jwt-previous-secrets"),
        values.choice("gateway.registration", Registration.class),
        values.duration("gateway.session-ttl"),
        values.integer("gateway.bcrypt-cost"),
        values.text("gateway.public-url"),
        values.duration("gateway.audit.retention"));
  }
}
