package io.leasehold.domain.access.account;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What the texts of an account must look like. Each check returns what is wrong, empty if nothing
 * is. No state.
 */
public final class AccountRules {
  /** bcrypt looks at no more of a password. */
  public static final int MAX_PASSWORD_BYTES = 72;

  private static final int MIN_PASSWORD_BYTES = 8;
  private static final int MAX_EMAIL = 254;
  private static final int MAX_SLUG = 50;
  private static final int ROOM_FOR_NUMBER = 5;
  private static final Pattern EMAIL =
      Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[A-Za-z0-9.-]{1,189}");
  private static final Pattern SLUG = Pattern.compile("[a-z0-9-]{1," + MAX_SLUG + "}");
  private static final Pattern NO_SLUG = Pattern.compile("[^a-z0-9]+");
  private static final Pattern COMMAND = Pattern.compile("[a-z0-9_.-]{1,64}(\\|[a-z0-9_-]{1,64})?");

  private AccountRules() {}

  /** In the form in which emails are compared. */
  public static String normalEmail(String email) {
    return email.strip().toLowerCase(Locale.ROOT);
  }

  public static Optional<String> email(String email) {
    return email.length() <= MAX_EMAIL && EMAIL.matcher(email).matches()
        ? Optional.empty()
        : Optional.of("must be an email address of at most " + MAX_EMAIL + " characters");
  }

  public static Optional<String> username(String name) {
    boolean plain = name.chars().noneMatch(c -> Character.isWhitespace(c) || c < 0x20 || c == 0x7f);
    return plain && name.length() >= 3 && name.length() <= 50
        ? Optional.empty()
        : Optional.of("must be 3 to 50 characters without blanks");
  }

  public static Optional<String> password(String password) {
    int bytes = password.getBytes(StandardCharsets.UTF_8).length;
    return bytes >= MIN_PASSWORD_BYTES && bytes <= MAX_PASSWORD_BYTES
        ? Optional.empty()
        : Optional.of("must be " + MIN_PASSWORD_BYTES + " to " + MAX_PASSWORD_BYTES + " bytes");
  }

  public static Optional<String> slug(String slug) {
    return SLUG.matcher(slug).matches()
        ? Optional.empty()
        : Optional.of("must be 1 to " + MAX_SLUG + " of a-z, 0-9 and -");
  }

  /** {@code get} or {@code config|get}, in lower case. */
  public static boolean isCommand(String name) {
    return COMMAND.matcher(name).matches();
  }

  /**
   * A slug for a name: its letters and digits, with {@code -2}, {@code -3} and so on behind it
   * while it is taken.
   */
  public static String slugFor(String name, Predicate<String> taken) {
    String plain = NO_SLUG.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("-");
    String cut = plain.substring(0, Math.min(plain.length(), MAX_SLUG - ROOM_FOR_NUMBER));
    String stripped = cut.replaceAll("^-+|-+$", "");
    String base = stripped.isEmpty() ? "instance" : stripped;
    String slug = base;
    for (int n = 2; taken.test(slug); n++) {
      slug = base + "-" + n;
    }
    return slug;
  }

  /** The same among slugs that are known. */
  public static String slugFor(String name, Set<String> taken) {
    return slugFor(name, taken::contains);
  }
}
