package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Glob;
import io.leasehold.domain.kv.redis.RedisScope;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether a gateway key may use a command: by its scopes, its lists of commands and its prefixes,
 * all of which have to agree. No state; safe for any thread.
 */
public final class KeyRules {
  /** Why not. */
  public enum Denied {
    COMMAND,
    KEY
  }

  private KeyRules() {}

  /**
   * Whether a command may be run.
   *
   * @param arguments name first, not empty
   * @return null = it may
   */
  public static @Nullable Denied check(KeyGrant grant, List<Bytes> arguments) {
    return check(grant, CommandTable.find(arguments), arguments);
  }

  /**
   * The same, where the rule of the command is known.
   *
   * @param rule null = Redis has no such command
   */
  public static @Nullable Denied check(
      KeyGrant grant, @Nullable CommandRule rule, List<Bytes> arguments) {
    if (rule == null) {
      return ofUnknown(grant, arguments.get(0));
    }
    if (!hasScope(grant, rule.scope()) || !isListed(grant, rule)) {
      return Denied.COMMAND;
    }
    return grant.prefixes().isEmpty() ? null : byPrefix(grant, rule, arguments);
  }

  /** A command of a module, or of nobody: nothing is known of its keys. */
  private static @Nullable Denied ofUnknown(KeyGrant grant, Bytes name) {
    String lower = new String(name.array(), StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    boolean allowed = grant.allow().isEmpty() || grant.allow().contains(lower);
    return grant.has(Scope.ADMIN)
            && grant.prefixes().isEmpty()
            && allowed
            && !grant.deny().contains(lower)
        ? null
        : Denied.COMMAND;
  }

  private static boolean hasScope(KeyGrant grant, RedisScope scope) {
    return switch (scope) {
      case READ -> grant.has(Scope.READ);
      case WRITE -> grant.has(Scope.WRITE);
      case KEYSPACE -> grant.has(Scope.READ) && grant.has(Scope.WRITE);
      case SCRIPT -> grant.has(Scope.SCRIPT);
      case ADMIN -> grant.has(Scope.ADMIN);
      case ANY -> true;
    };
  }

  private static boolean isListed(KeyGrant grant, CommandRule rule) {
    int bar = rule.name().indexOf('|');
    String whole = bar < 0 ? rule.name() : rule.name().substring(0, bar);
    if (grant.deny().contains(whole) || grant.deny().contains(rule.name())) {
      return false;
    }
    boolean named = grant.allow().contains(whole) || grant.allow().contains(rule.name());
    if (rule.scope() == RedisScope.SCRIPT
        && (!grant.prefixes().isEmpty() || !grant.deny().isEmpty())) {
      return named; // a script can touch anything
    }
    return named || grant.allow().isEmpty();
  }

  private static @Nullable Denied byPrefix(
      KeyGrant grant, CommandRule rule, List<Bytes> arguments) {
    if (rule.touchesEverything() || rule.hidesKeys(arguments)) {
      return Denied.KEY;
    }
    for (Bytes key : rule.keys(arguments)) {
      if (!startsRight(grant, key)) {
        return Denied.KEY;
      }
    }
    Bytes pattern = rule.pattern(arguments);
    return pattern == null || startsRight(grant, Glob.literalStart(pattern)) ? null : Denied.KEY;
  }

  private static boolean startsRight(KeyGrant grant, Bytes key) {
    for (Bytes prefix : grant.prefixes()) {
      if (key.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a stream of channels may be opened.
   *
   * @param patterns whether {@code channels} are patterns
   */
  public static @Nullable Denied subscribe(KeyGrant grant, boolean patterns, List<Bytes> channels) {
    String name = patterns ? "psubscribe" : "subscribe";
    if (!grant.has(Scope.READ) || !isAllowed(grant, name)) {
      return Denied.COMMAND;
    }
    if (grant.prefixes().isEmpty()) {
      return null;
    }
    for (Bytes channel : channels) {
      if (!startsRight(grant, patterns ? Glob.literalStart(channel) : channel)) {
        return Denied.KEY;
      }
    }
    return null;
  }

  /** Whether keys may be watched for a transaction: that tells when they are touched. */
  public static @Nullable Denied watch(KeyGrant grant, List<Bytes> keys) {
    if (!grant.has(Scope.READ) || !isAllowed(grant, "watch")) {
      return Denied.COMMAND;
    }
    if (grant.prefixes().isEmpty()) {
      return null;
    }
    return keys.stream().allMatch(key -> startsRight(grant, key)) ? null : Denied.KEY;
  }

  /** Whether a stream of all commands may be opened: it shows all keys. */
  public static @Nullable Denied monitor(KeyGrant grant) {
    if (!grant.has(Scope.ADMIN) || !isAllowed(grant, "monitor")) {
      return Denied.COMMAND;
    }
    return grant.prefixes().isEmpty() ? null : Denied.KEY;
  }

  private static boolean isAllowed(KeyGrant grant, String name) {
    return !grant.deny().contains(name)
        && (grant.allow().isEmpty() || grant.allow().contains(name));
  }

  /**
   * What a refused caller is told, as Redis has it.
   *
   * @param name of the command as it was sent
   */
  public static String text(Denied denied, String name) {
    return switch (denied) {
      case COMMAND ->
          "NOPERM this user has no permissions to run the '"
              + name.toLowerCase(Locale.ROOT)
              + "' command";
      case KEY -> "NOPERM this user has no permissions to access one of the keys used as arguments";
    };
  }
}
