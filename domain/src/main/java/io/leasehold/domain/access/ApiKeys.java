package io.leasehold.domain.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The API keys a server knows. Immutable; safe for any thread.
 *
 * <p>Only SHA-256 hashes are kept. A presented key is hashed and compared with every known hash in
 * constant time, so neither the time nor the order of the keys tells how much of it was right.
 */
public final class ApiKeys {
  private static final int ID_DIGITS = 8;

  /** A key as it is kept. */
  private static final class Known {
    final byte[] hash;
    final Caller caller;

    Known(String key, boolean admin) {
      hash = sha256(key);
      caller = new Caller(HexFormat.of().formatHex(hash).substring(0, ID_DIGITS), admin);
    }
  }

  /**
   * Whose key it is.
   *
   * @param id the first 8 hex digits of the key's hash: fit for a log
   */
  public record Caller(String id, boolean admin) {}

  private final List<Known> known = new ArrayList<>();

  /**
   * Keeps the hashes of these keys.
   *
   * @param adminKeys are keys too, with every right
   */
  public ApiKeys(Collection<String> keys, Collection<String> adminKeys) {
    adminKeys.forEach(key -> known.add(new Known(key, true)));
    keys.forEach(key -> known.add(new Known(key, false)));
  }

  public boolean isEmpty() {
    return known.isEmpty();
  }

  /** Whose key this is; null if it is nobody's. */
  public @Nullable Caller callerOf(String presented) {
    byte[] hash = sha256(presented);
    Caller caller = null;
    for (Known each : known) {
      if (MessageDigest.isEqual(each.hash, hash) && caller == null) {
        caller = each.caller;
      }
    }
    return caller;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
