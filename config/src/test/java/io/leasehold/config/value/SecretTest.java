package io.leasehold.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SecretTest {
  @Test
  void onlyRevealShowsIt() {
    var secret = new Secret("sekret");

    assertThat(secret.reveal()).isEqualTo("sekret");
    assertThat(secret).hasToString("***");
    assertThat(String.valueOf(secret) + secret).doesNotContain("sekret");
  }

  @Test
  void equalTextsAreEqualSecrets() {
    assertThat(new Secret("a")).isEqualTo(new Secret("a")).hasSameHashCodeAs(new Secret("a"));
    assertThat(new Secret("a")).isNotEqualTo(new Secret("b")).isNotEqualTo("a");
    assertThat(Secret.EMPTY.isEmpty()).isTrue();
  }
}
