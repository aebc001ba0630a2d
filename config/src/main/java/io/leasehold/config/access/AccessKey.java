package io.leasehold.config.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Entry;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Shown;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A key with what it opens. Immutable; the key in clear is not kept.
 *
 * @param path where it stands, for error texts
 * @param id what logs show of it
 * @param sha256 of the key, 64 lower-case hex digits
 * @param scopes at least one
 * @param prefixes keys of the store that it may touch begin with one of these; empty = all
 * @param rate requests per second to the store, 0 = as {@code kv.rate-limit}
 * @param burst at once, 0 = as many as {@code rate}
 * @param inClear whether the key itself stands in the configuration
 * @param isShort whether the key itself was seen and has fewer than {@value #MIN_CHARS} characters
 */
public record AccessKey(
    String path,
    String id,
    Secret sha256,
    Set<Scope> scopes,
    List<String> prefixes,
    int rate,
    int burst,
    boolean inClear,
    boolean isShort) {
  /** A shorter key can be guessed. */
  public static final int MIN_CHARS = 32;

  static final List<String> FIELDS =
      List.of("id", "key", "key-sha256", "scopes", "prefixes", "rate", "burst");

  /** Looked at one after another for every key that is touched. */
  private static final int MAX_PREFIXES = 64;

  private static final int MAX_RATE = 1_000_000;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  public AccessKey {
    scopes = Set.copyOf(scopes);
    prefixes = List.copyOf(prefixes);
    Checks.of(path)
        .that(
            ID.matcher(id).matches(),
            "id",
            id,
            "must be 1 to 64 letters, digits, dots, dashes or underscores")
        .that(
            SHA256.matcher(sha256.reveal()).matches(),
            "key-sha256",
            sha256,
            "must be 64 hexadecimal digits")
        .that(!scopes.isEmpty(), "scopes", scopes, "must name at least one scope")
        .that(
            prefixes.size() <= MAX_PREFIXES,
            "prefixes",
            prefixes.size() + " entries",
            "must be at most " + MAX_PREFIXES)
        .that(
            prefixes.stream().noneMatch(String::isEmpty),
            "prefixes",
            prefixes,
            "must not be empty texts; leave the list out for all keys")
        .within("rate", rate, 0, MAX_RATE)
        .within("burst", burst, 0, MAX_RATE)
        .done();
  }

  /** Whether the key opens what needs this scope. */
  public boolean opens(Scope scope) {
    return scopes.contains(scope) || scopes.contains(Scope.ALL);
  }

  /** The hash under which a key is kept, 64 lower-case hex digits. */
  public static Secret sha256Of(Secret key) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(key.reveal().getBytes(UTF_8));
      return new Secret(HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static AccessKey from(Entry entry) {
    var id = entry.text("id");
    var scopes = scopes(entry);
    List<String> prefixes = entry.has("prefixes") ? entry.texts("prefixes") : List.of();
    int rate = entry.integer("rate", 0);
    int burst = entry.integer("burst", 0);
    if (entry.has("key") == entry.has("key-sha256")) {
      entry.note("needs either key or key-sha256, not both");
    }
    if (!entry.has("key")) {
      var hash = entry.has("key-sha256") ? entry.secret("key-sha256") : Secret.EMPTY;
      var lower = new Secret(hash.reveal().toLowerCase(Locale.ROOT));
      return new AccessKey(entry.path(), id, lower, scopes, prefixes, rate, burst, false, false);
    }
    var key = entry.secret("key");
    if (key.reveal().isBlank()) {
      entry.note("key is empty");
    }
    boolean isShort = key.reveal().length() < MIN_CHARS;
    return new AccessKey(
        entry.path(),
        id,
        sha256Of(key),
        scopes,
        prefixes,
        rate,
        burst,
        !entry.namesFile("key"),
        isShort);
  }

  private static Set<Scope> scopes(Entry entry) {
    var scopes = EnumSet.noneOf(Scope.class);
    for (var name : entry.texts("scopes")) {
      Scope.of(name)
          .ifPresentOrElse(
              scopes::add,
              () -> entry.note("scope " + Shown.value(name) + " is unknown; known are " + all()));
    }
    return scopes;
  }

  private static String all() {
    return EnumSet.allOf(Scope.class).stream()
        .map(Scope::wireName)
        .collect(Collectors.joining(", "));
  }
}
