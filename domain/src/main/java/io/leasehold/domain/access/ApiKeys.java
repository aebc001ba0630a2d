package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The API keys a server knows. Immutable; safe for any thread.
 *
 * <p>Only SHA-256 hashes are kept. A presented key is hashed and compared with every known hash in
 * constant time, so neither the time nor the order of the keys tells how much of it was right.
 */
public final class ApiKeys {
  /** No key at all. */
  public static final ApiKeys NONE = new Builder().build();

  private static final int ID_DIGITS = 8;

  /** What a key opens. */
  public enum Right {
    USE_LOCKS("lock:use"),
    ADMINISTER_LOCKS("lock:admin"),
    READ_MONITORING("monitor:read"),
    KV_READ("kv:read"),
    KV_WRITE("kv:write"),
    KV_ADMIN("kv:admin"),
    /** Has no scope of its own: only keys for everything have it. */
    ADMINISTER_TELEMETRY("*");

    private final String scope;

    Right(String scope) {
      this.scope = scope;
    }

    /** As it is written in configurations. */
    public String scope() {
      return scope;
    }
  }

  /**
   * Whose key it is.
   *
   * @param id fit for a log
   * @param prefixes with one of which every key of the store that it touches must start; empty =
   *     all keys are open
   */
  public record Caller(String id, Set<Right> rights, List<Bytes> prefixes) {
    public Caller {
      rights = Set.copyOf(rights);
      prefixes = List.copyOf(prefixes);
    }

    public boolean may(Right right) {
      return rights.contains(right);
    }

    /** Whether this key of the store, or all keys with this prefix, are open. */
    public boolean mayTouch(Bytes keyOrPrefix) {
      if (prefixes.isEmpty()) {
        return true;
      }
      for (Bytes prefix : prefixes) {
        if (keyOrPrefix.startsWith(prefix)) {
          return true;
        }
      }
      return false;
    }
  }

  /** A key as it is kept. */
  private static final class Known {
    final byte[] hash;
    final Caller caller;

    Known(byte[] hash, Caller caller) {
      this.hash = hash;
      this.caller = caller;
    }
  }

  /** Collects keys. Not thread safe. */
  public static final class Builder {
    private final List<Known> known = new ArrayList<>();

    /** A key in clear; its id is the first digits of its hash. */
    public Builder add(String key, Set<Right> rights) {
      byte[] hash = sha256(key);
      String id = HexFormat.of().formatHex(hash).substring(0, ID_DIGITS);
      known.add(new Known(hash, new Caller(id, rights, List.of())));
      return this;
    }

    /** A key of which only the hash is known, 64 hexadecimal digits. */
    public Builder addHash(String sha256, String id, Set<Right> rights) {
      return addHash(sha256, id, rights, List.of());
    }

    /** The same, for keys of the store with these prefixes only; none = for all. */
    public Builder addHash(String sha256, String id, Set<Right> rights, List<String> prefixes) {
      List<Bytes> bytes = prefixes.stream().map(Bytes::utf8).toList();
      known.add(new Known(HexFormat.of().parseHex(sha256), new Caller(id, rights, bytes)));
      return this;
    }

    /** All of these. */
    public Builder addAll(ApiKeys keys) {
      known.addAll(keys.known);
      return this;
    }

    public ApiKeys build() {
      return new ApiKeys(known);
    }
  }

  private final List<Known> known;

  private ApiKeys(List<Known> known) {
    this.known = List.copyOf(known);
  }

  /** Every right there is. */
  public static Set<Right> allRights() {
    return EnumSet.allOf(Right.class);
  }

  public boolean isEmpty() {
    return known.isEmpty();
  }

  /** Whose key this is; null if it is nobody's. */
  public @Nullable Caller callerOf(String presented) {
    if (known.isEmpty()) {
      return null; // nothing to compare it with
    }
    byte[] hash = sha256(presented);
    Caller caller = null;
    for (Known each : known) {
      if (MessageDigest.isEqual(each.hash, hash) && caller == null) {
        caller = each.caller;
      }
    }
    return caller;
  }

  /** Whose key this is, if it has the right; null otherwise. */
  public @Nullable Caller callerOf(String presented, Right right) {
    var caller = callerOf(presented);
    return caller != null && caller.may(right) ? caller : null;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
