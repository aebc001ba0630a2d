package io.leasehold.domain.access;

import java.util.Locale;
import java.util.Optional;

/** What a gateway key may do; {@link #ADMIN} and {@link #ALL} include all the others. */
public enum Scope {
  READ("read"),
  WRITE("write"),
  SCRIPT("script"),
  ADMIN("admin"),
  ALL("*");

  private static final String PREFIX = "redis:";

  private final String word;

  Scope(String word) {
    this.word = word;
  }

  /** The word that stands for it in requests, answers and tokens. */
  public String word() {
    return word;
  }

  /** The scope that a word names, with or without {@code redis:} in front, in any case. */
  public static Optional<Scope> of(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    String plain = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    for (Scope scope : values()) {
      if (scope.word.equals(plain)) {
        return Optional.of(scope);
      }
    }
    return Optional.empty();
  }
}
