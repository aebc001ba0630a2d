package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Passwords of external instances in the database. */
class PasswordSealTest {
  private static final String OLD = key("old", 1);
  private static final String NEW = key("new", 2);
  private final UUID id = UUID.randomUUID();

  private static String key(String name, int fill) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) fill);
    return name + ":" + Base64.getEncoder().encodeToString(bytes);
  }

  private static PasswordSeal seal(String... keys) {
    return new PasswordSeal(List.of(keys), new SecureRandom());
  }

  @Test
  void aSealedPasswordOpensForItsInstanceOnly() throws Exception {
    String sealed = seal(OLD).seal(id, "pässword");

    assertThat(sealed).startsWith("v1:old:").doesNotContain("ssword");
    assertThat(seal(OLD).open(id, sealed)).isEqualTo("pässword");
    assertThat(seal(OLD).seal(id, "pässword")).isNotEqualTo(sealed); // each time otherwise
    assertThatThrownBy(() -> seal(OLD).open(UUID.randomUUID(), sealed))
        .isInstanceOf(PasswordSeal.Sealed.class)
        .hasMessageContaining("does not open with the key old");
  }

  @Test
  void anOlderKeyOpensAndTheFirstSeals() throws Exception {
    String sealed = seal(OLD).seal(id, "secret");
    var both = seal(NEW, OLD);

    assertThat(both.open(id, sealed)).isEqualTo("secret");
    assertThat(both.seal(id, "secret")).startsWith("v1:new:");
    assertThatThrownBy(() -> seal(NEW).open(id, sealed))
        .hasMessage(
            "the password of the instance is sealed with the key old, which is not in"
                + " gateway.encryption-keys");
  }

  @Test
  void whatWasTamperedWithDoesNotOpen() {
    String sealed = seal(OLD).seal(id, "secret");
    int last = sealed.length() - 5;
    char other = sealed.charAt(last) == 'A' ? 'B' : 'A';
    String changed = sealed.substring(0, last) + other + sealed.substring(last + 1);

    for (String text : List.of(changed, "v1:old:", "v1:old:!", "v2:old:AAAA", "secret", "")) {
      assertThatThrownBy(() -> seal(OLD).open(id, text))
          .as(text)
          .isInstanceOf(PasswordSeal.Sealed.class);
    }
  }

  @Test
  void withoutAKeyNothingIsSealed() {
    assertThat(seal().canSeal()).isFalse();
    assertThatThrownBy(() -> seal().seal(id, "secret")).isInstanceOf(IllegalStateException.class);
  }
}
