package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may send, by the token of the first line. Knows hashes only, and compares all of them in
 * constant time. Immutable; safe for any thread.
 */
public final class TokenBook {
  /** Everybody may send everything. */
  public static final TokenBook OPEN = new TokenBook(false, List.of());

  /**
   * A token.
   *
   * @param sha256 of its UTF-8, 64 hexadecimal digits
   * @param sources it may send; {@code *} stands for any run of characters
   */
  public record Token(String name, String sha256, List<String> sources) {
    public Token {
      sources = List.copyOf(sources);
    }
  }

  /** What a connection may send. Immutable. */
  public static final class Grant {
    private static final Grant ALL = new Grant(null);

    private final TagMatch.@Nullable Compiled sources;

    private Grant(TagMatch.@Nullable Compiled sources) {
      this.sources = sources;
    }

    /** Whether it was a token that gave it. */
    public boolean isByToken() {
      return sources != null;
    }

    /** Whether lines of this source are taken. */
    public boolean allows(String source) {
      return sources == null || sources.matches(source);
    }
  }

  private static final class Known {
    final byte[] hash;
    final Grant grant;

    Known(Token token) {
      hash = HexFormat.of().parseHex(token.sha256);
      grant = new Grant(new TagMatch.Compiled(new TagMatch("src", token.sources)));
    }
  }

  private final boolean required;
  private final List<Known> all = new ArrayList<>();

  /**
   * Knows these tokens.
   *
   * @param required who has none may send nothing
   * @throws IllegalArgumentException if a hash is no hexadecimal number
   */
  public TokenBook(boolean required, List<Token> tokens) {
    this.required = required;
    tokens.forEach(each -> all.add(new Known(each)));
  }

  /** What a connection may send that has not greeted; null = nothing. */
  public @Nullable Grant beforeHello() {
    return required ? null : Grant.ALL;
  }

  /**
   * What a connection may send that greets so.
   *
   * @return null if it may send nothing
   */
  public @Nullable Grant of(Hello hello) {
    if (all.isEmpty() || hello.token().isEmpty()) {
      return beforeHello();
    }
    byte[] hash = sha256(hello.token());
    Grant found = null;
    for (Known each : all) { // all of them: the time says nothing of which one it was
      if (MessageDigest.isEqual(each.hash, hash)) {
        found = each.grant;
      }
    }
    return found != null && found.allows(hello.src()) ? found : null;
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
