package io.leasehold.domain.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokenBookTest {
  /** Of "secret". */
  private static final String HASH =
      "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

  private static final List<TokenBook.Token> TOKENS =
      List.of(
          new TokenBook.Token("other", "0".repeat(64), List.of("*")),
          new TokenBook.Token("billing", HASH, List.of("billing*", "audit")));

  private static Hello hello(String src, String token) {
    return new Hello(src, Hello.Ack.NONE, "", 0, token);
  }

  @Test
  void withoutTokensEverybodyMaySendEverything() {
    assertThat(TokenBook.OPEN.beforeHello().allows("a")).isTrue();
    assertThat(TokenBook.OPEN.of(hello("a", "whatever")).allows("b")).isTrue();
  }

  @Test
  void aKnownTokenOpensItsSources() {
    var book = new TokenBook(true, TOKENS);

    var grant = book.of(hello("billing-7", "secret"));

    assertThat(grant.allows("billing")).isTrue();
    assertThat(grant.allows("audit")).isTrue();
    assertThat(grant.allows("audit2")).isFalse();
    assertThat(grant.allows("x-billing")).isFalse();
  }

  @Test
  void whoeverHasNoneSendsNothingWhereOneIsRequired() {
    var book = new TokenBook(true, TOKENS);

    assertThat(book.beforeHello()).isNull();
    assertThat(book.of(hello("billing", ""))).isNull();
    assertThat(book.of(hello("billing", "Secret"))).isNull();
    assertThat(book.of(hello("billing", HASH))).isNull();
    assertThat(book.of(hello("shop", "secret"))).as("a source that is not its own").isNull();
  }

  @Test
  void whereNoneIsRequiredAWrongOneIsStillWrong() {
    var book = new TokenBook(false, TOKENS);

    assertThat(book.beforeHello().allows("a")).isTrue();
    assertThat(book.of(hello("a", "")).allows("a")).isTrue();
    assertThat(book.of(hello("billing", "wrong"))).isNull();
    assertThat(book.of(hello("billing", "secret")).allows("shop")).isFalse();
  }

  @Test
  void aHashIsAHash() {
    assertThatThrownBy(
            () -> new TokenBook(true, List.of(new TokenBook.Token("a", "xyz", List.of()))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
