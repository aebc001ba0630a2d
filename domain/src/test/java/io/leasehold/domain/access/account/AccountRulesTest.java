package io.leasehold.domain.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountRulesTest {
  @ParameterizedTest
  @ValueSource(strings = {"a@b", "first.last+tag@mail.example.com", "\u00fc@x.de"})
  void anEmailHasTwoPartsAndNoBlank(String email) {
    assertThat(AccountRules.email(email)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "@b", "a@", "a b@c", "a@b@c", "a@b c", "a\n@b", "a@b_c"})
  void whatIsNoEmailIsRefused(String email) {
    assertThat(AccountRules.email(email)).isPresent();
  }

  @Test
  void lengthsCountBothEnds() {
    assertThat(AccountRules.email("a@" + "b".repeat(189))).isEmpty();
    assertThat(AccountRules.email("a@" + "b".repeat(190))).isPresent();
    assertThat(AccountRules.username("abc")).isEmpty();
    assertThat(AccountRules.username("ab")).isPresent();
    assertThat(AccountRules.username("a".repeat(50))).isEmpty();
    assertThat(AccountRules.username("a".repeat(51))).isPresent();
    assertThat(AccountRules.username("a\u2003b")).isPresent(); // a blank of Unicode
    assertThat(AccountRules.slug("a".repeat(50))).isEmpty();
    assertThat(AccountRules.slug("a".repeat(51))).isPresent();
    assertThat(AccountRules.slug("A")).isPresent();
  }

  @Test
  void aPasswordIsMeasuredInBytes() {
    assertThat(AccountRules.password("1234567")).isPresent();
    assertThat(AccountRules.password("12345678")).isEmpty();
    assertThat(AccountRules.password("\u00fc\u00fc\u00fc\u00fc")).isEmpty();
    assertThat(AccountRules.password("\u00fc".repeat(36))).isEmpty();
    assertThat(AccountRules.password("\u00fc".repeat(36) + "1")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "get, true",
    "config|get, true",
    "json.set, true",
    "a b, false",
    "|get, false",
    "config|, false",
    "GET, false"
  })
  void aCommandHasAtMostOnePartMore(String name, boolean isOne) {
    assertThat(AccountRules.isCommand(name)).isEqualTo(isOne);
  }

  @ParameterizedTest
  @CsvSource({
    "My Cache!, my-cache",
    "--a--b--, a-b",
    "\u00c4\u00d6, instance",
    "taken, taken-3",
    "free, free"
  })
  void aSlugIsMadeOfANameAndNotTaken(String name, String slug) {
    assertThat(AccountRules.slugFor(name, Set.of("taken", "taken-2"))).isEqualTo(slug);
  }

  @Test
  void aLongNameMakesASlugThatIsOne() {
    String slug = AccountRules.slugFor("x".repeat(100), Set.of());
    assertThat(AccountRules.slug(slug)).isEmpty();
  }
}
