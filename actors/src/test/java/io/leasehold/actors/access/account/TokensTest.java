package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.leasehold.actors.lock.HandClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TokensTest {
  private static final String SECRET = "s".repeat(64);

  private final HandClock clock = new HandClock(Long.MAX_VALUE - 1_000); // about to wrap
  private final Instant begin = Instant.ofEpochMilli(clock.wallMillis());
  private final Tokens tokens = new Tokens(SECRET, List.of(), Duration.ofHours(1), clock);
  private final User user =
      new User(UUID.randomUUID(), "ann@x", "ann", "hash", null, null, true, false, begin);

  private static JsonNode part(String token, int number) throws Exception {
    return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.")[number]));
  }

  private ApiKey key() {
    UUID id = UUID.randomUUID();
    var rules =
        new ApiKey.Rules(
            "k", List.of("read", "write"), List.of(), List.of(), List.of(), List.of(), null, null);
    return new ApiKey(
        id,
        ApiKey.prefixOf(id),
        user.id(),
        UUID.randomUUID(),
        rules,
        null,
        null,
        true,
        begin.plusSeconds(60),
        begin);
  }

  @Test
  void aSessionSaysWhoseItIsAndHowLong() throws Exception {
    String token = tokens.session(user, null);
    assertThat(part(token, 0)).isEqualTo(new ObjectMapper().readTree("{\"alg\":\"HS256\"}"));
    JsonNode claims = part(token, 1);
    assertThat(claims.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("user_id", "email", "org_id", "exp", "iat");
    assertThat(claims.get("org_id").isNull()).isTrue();
    assertThat(claims.get("exp").longValue()).isEqualTo(begin.getEpochSecond() + 3_600);
    assertThat(tokens.claims(token)).contains(new Tokens.OfSession(user.id()));

    clock.advance(Duration.ofHours(1).minusMillis(1));
    assertThat(tokens.claims(token)).isPresent();
    clock.advance(Duration.ofMillis(1));
    assertThat(tokens.claims(token)).isEmpty();
  }

  @Test
  void aKeySaysWhichItIsAndNothingOfItsRules() throws Exception {
    ApiKey key = key();
    String token = tokens.key(key);
    JsonNode claims = part(token, 1);
    assertThat(claims.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "api_key_id", "user_id", "organization_id", "scopes", "key_prefix", "exp", "iat");
    assertThat(claims.get("key_prefix").textValue())
        .isEqualTo("rg_" + key.id().toString().substring(0, 8));
    assertThat(tokens.claims(token)).contains(new Tokens.OfKey(key.id()));
  }

  @Test
  void whatAPreviousSecretSignedIsBelievedAndNothingElse() {
    String before =
        new Tokens("p".repeat(32), List.of(), Duration.ofHours(1), clock).session(user, null);
    assertThat(tokens.claims(before)).isEmpty();
    var rotated = new Tokens(SECRET, List.of("p".repeat(32)), Duration.ofHours(1), clock);
    assertThat(rotated.claims(before)).contains(new Tokens.OfSession(user.id()));
    assertThat(rotated.claims(tokens.session(user, null))).isPresent();
  }

  /** Signed with the right secret, but not as it has to be. */
  @Test
  void anotherAlgorithmIsNotBelieved() throws Exception {
    for (JWSAlgorithm algorithm :
        List.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512)) {
      var signed =
          new SignedJWT(
              new JWSHeader(algorithm),
              new JWTClaimsSet.Builder()
                  .claim("user_id", user.id().toString())
                  .expirationTime(Date.from(begin.plusSeconds(60)))
                  .build());
      signed.sign(new MACSigner(SECRET));
      assertThat(tokens.claims(signed.serialize()).isPresent())
          .as(algorithm.getName())
          .isEqualTo(algorithm.equals(JWSAlgorithm.HS256));
    }
  }

  @Test
  void whatIsNoTokenIsRefused() {
    String token = tokens.session(user, null);
    for (String each :
        List.of("", "a.b.c", "...", token + "x", token.substring(1), "x".repeat(100_000))) {
      assertThat(tokens.claims(each)).as(each.length() + " characters").isEmpty();
    }
  }

  @Test
  void aShortSecretIsRefused() {
    assertThatThrownBy(() -> new Tokens("s".repeat(31), List.of(), Duration.ofHours(1), clock))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
