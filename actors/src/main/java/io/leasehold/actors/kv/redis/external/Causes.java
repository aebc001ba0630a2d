package io.leasehold.actors.kv.redis.external;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.Locale;

/** Why something failed, in words that may be shown. No state. */
final class Causes {
  private static final int MAX_CHARS = 200;
  private static final int MAX_DEPTH = 16;

  private Causes() {}

  /** The innermost cause. */
  static Throwable root(Throwable failure) {
    Throwable root = failure;
    for (int i = 0; i < MAX_DEPTH; i++) {
      Throwable cause = root.getCause();
      if (cause == null || root instanceof RedisCommandExecutionException) {
        break;
      }
      root = cause;
    }
    return root;
  }

  /** One line of at most {@value #MAX_CHARS} characters, without control characters. */
  static String text(Throwable failure) {
    Throwable root = root(failure);
    String message = root.getMessage();
    String text = message == null ? root.getClass().getSimpleName() : message;
    String line = text.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", "?");
    return line.length() <= MAX_CHARS ? line : line.substring(0, MAX_CHARS) + "...";
  }

  /** Whether another try would end no other way. */
  static boolean isFinal(Throwable failure) {
    Throwable root = root(failure);
    if (root instanceof GuardedResolver.Denied) {
      return true;
    }
    String text = text(failure).toUpperCase(Locale.ROOT);
    return text.startsWith("WRONGPASS") || text.startsWith("NOAUTH") || text.startsWith("NOPERM");
  }
}
