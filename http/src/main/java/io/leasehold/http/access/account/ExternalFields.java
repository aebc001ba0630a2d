package io.leasehold.http.access.account;

import io.leasehold.actors.access.account.Instance;
import io.leasehold.actors.access.account.Instances;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.account.RedisUrl;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where an external instance is and how to log in, as the members of a body say. No state. */
final class ExternalFields {
  private static final int MAX_URL = 2_048;
  private static final int MAX_PORT = 65_535;

  /** What is said of an instance only if it is external. */
  static final List<String> NAMES =
      List.of("redis_url", "username", "password", "port", "database");

  private ExternalFields() {}

  /** Whether any of them is there. */
  static boolean any(Fields fields) {
    return NAMES.stream().anyMatch(fields::has);
  }

  /** None of them may be there. */
  static void refuse(Fields fields) {
    for (String name : NAMES) {
      if (fields.has(name)) {
        throw Fields.invalid(name, "is for external instances only");
      }
    }
  }

  /** Of an instance to be. */
  static Instance.Login of(Fields fields, boolean canKeepPasswords) {
    RedisUrl url = url(fields, fields.raw("redis_url"));
    String username = text(fields, "username", RedisUrl.MAX_USERNAME);
    String password = text(fields, "password", RedisUrl.MAX_PASSWORD);
    return login(
        url,
        username == null ? url.username() : username,
        password == null ? url.password() : password,
        canKeepPasswords);
  }

  /**
   * Of an instance that moves. Where it goes to another place, nothing of its old login goes with
   * it: it would be told to whoever is there.
   *
   * @return empty = it stays as it is
   */
  static Outcome<Optional<Instance.Login>> of(
      Fields fields, ExternalRedis before, Instances instances) {
    boolean can = instances.canKeepPasswords();
    if (fields.rawIfAny("redis_url") != null) {
      return Outcome.done(Optional.of(of(fields, can)));
    }
    number(fields, "port", 1, MAX_PORT, before.port(), "that of redis_url");
    number(fields, "database", 0, RedisUrl.MAX_DATABASE, before.database(), "that of redis_url");
    if (!fields.has("username") && !fields.has("password")) {
      return Outcome.done(Optional.empty());
    }
    String username =
        fields.has("username")
            ? text(fields, "username", RedisUrl.MAX_USERNAME)
            : before.username();
    var url =
        new RedisUrl(before.host(), before.port(), before.database(), before.tls(), null, null);
    if (fields.has("password")) {
      String password = text(fields, "password", RedisUrl.MAX_PASSWORD);
      return Outcome.done(Optional.of(login(url, username, password, can)));
    }
    return instances
        .password(before)
        .map(known -> Optional.of(login(url, username, known.orElse(null), can)));
  }

  private static RedisUrl url(Fields fields, String text) {
    if (text.length() > MAX_URL) {
      throw Fields.invalid("redis_url", "must be at most " + MAX_URL + " characters");
    }
    try {
      RedisUrl url = RedisUrl.parse(text);
      number(fields, "port", 1, MAX_PORT, url.port(), "that of redis_url");
      number(fields, "database", 0, RedisUrl.MAX_DATABASE, url.database(), "that of redis_url");
      return url;
    } catch (RedisUrl.Unusable e) {
      throw e.isNotBuilt()
          ? new Rejected(Rejected.NOT_BUILT, "redis_url: " + e.text())
          : Fields.invalid("redis_url", e.text());
    }
  }

  private static void number(
      Fields fields, String name, int min, int max, int expected, String why) {
    Integer given = fields.integerIfAny(name, min, max);
    if (given != null && given != expected) {
      throw Fields.invalid(name, "is " + given + ": must be " + expected + ", " + why);
    }
  }

  /** Null for an empty one. */
  private static @Nullable String text(Fields fields, String name, int max) {
    String text = fields.textIfAny(name, 0, max);
    return text == null || text.isEmpty() ? null : text;
  }

  private static Instance.Login login(
      RedisUrl url, @Nullable String username, @Nullable String password, boolean canKeep) {
    if (password != null && !canKeep) {
      throw new Rejected(
          Rejected.WRONG_TYPE,
          "password: cannot be kept, as gateway.encryption-keys has no key to seal it with");
    }
    return new Instance.Login(
        url.host(), url.port(), url.database(), url.tls(), username, password);
  }
}
