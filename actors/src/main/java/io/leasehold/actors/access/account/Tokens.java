package io.leasehold.actors.access.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.leasehold.domain.time.Clock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes and checks the tokens of sessions and keys: JWT with HS256 and no other algorithm, whatever
 * their header says. Safe for any thread.
 */
public final class Tokens {
  private static final int MAX_CHARS = 8_192;
  private static final String KEY_ID = "api_key_id";
  private static final String USER_ID = "user_id";

  private final MACSigner signer;
  private final List<JWSVerifier> verifiers = new ArrayList<>();
  private final Duration sessionTtl;
  private final Clock clock;

  /** What a token with a good signature, that has not expired, claims to be. */
  public sealed interface Claims {}

  /** A session of a user. */
  public record OfSession(UUID user) implements Claims {}

  /** An API key: the row decides what it is good for. */
  public record OfKey(UUID key) implements Claims {}

  /**
   * @param secret signs and verifies, 32 bytes or more
   * @param previous only verify
   */
  public Tokens(String secret, List<String> previous, Duration sessionTtl, Clock clock) {
    this.sessionTtl = sessionTtl;
    this.clock = clock;
    try {
      this.signer = new MACSigner(bytes(secret));
      verifiers.add(new MACVerifier(bytes(secret)));
      for (String each : previous) {
        verifiers.add(new MACVerifier(bytes(each)));
      }
    } catch (JOSEException e) {
      throw new IllegalArgumentException("a secret is shorter than 32 bytes", e);
    }
  }

  private static byte[] bytes(String secret) {
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  /** A session of a user that begins now. */
  String session(User user, @Nullable UUID organization) {
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    return signed(
        new JWTClaimsSet.Builder()
            .serializeNullClaims(true)
            .claim(USER_ID, user.id().toString())
            .claim("email", user.email())
            .claim("org_id", organization == null ? null : organization.toString())
            .expirationTime(Date.from(now.plus(sessionTtl)))
            .issueTime(Date.from(now))
            .build());
  }

  /** The token of a key. */
  String key(ApiKey key) {
    return signed(
        new JWTClaimsSet.Builder()
            .claim(KEY_ID, key.id().toString())
            .claim(USER_ID, key.user().toString())
            .claim("organization_id", key.organization().toString())
            .claim("scopes", key.rules().scopes())
            .claim("key_prefix", key.prefix())
            .expirationTime(Date.from(key.expiresAt()))
            .issueTime(Date.from(key.createdAt()))
            .build());
  }

  private String signed(JWTClaimsSet claims) {
    var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("HS256 is there", e);
    }
    return token.serialize();
  }

  /** What it claims; empty if it is no token of ours, or has expired. */
  public Optional<Claims> claims(String token) {
    if (token.length() > MAX_CHARS) {
      return Optional.empty();
    }
    try {
      SignedJWT signed = SignedJWT.parse(token);
      if (!JWSAlgorithm.HS256.equals(signed.getHeader().getAlgorithm()) || !isOurs(signed)) {
        return Optional.empty();
      }
      JWTClaimsSet claims = signed.getJWTClaimsSet();
      Date expires = claims.getExpirationTime();
      if (expires == null || expires.toInstant().toEpochMilli() <= clock.wallMillis()) {
        return Optional.empty();
      }
      String key = claims.getStringClaim(KEY_ID);
      return Optional.of(
          key != null
              ? new OfKey(UUID.fromString(key))
              : new OfSession(UUID.fromString(String.valueOf(claims.getStringClaim(USER_ID)))));
    } catch (ParseException | JOSEException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean isOurs(SignedJWT token) throws JOSEException {
    for (JWSVerifier verifier : verifiers) {
      if (token.verify(verifier)) {
        return true;
      }
    }
    return false;
  }

  /** Under which a token of a key is known to the database: SHA-256 in hex. */
  static String hash(String token) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(bytes(token)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
