package io.leasehold.actors.access.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals the passwords of external instances for the database, and opens them: {@code v1:<key
 * id>:<base64 of nonce and AES-256-GCM>}, bound to the instance by its id. A password that is
 * copied to another row does not open there. Immutable but for its randomness; safe for any thread.
 */
public final class PasswordSeal {
  private static final String VERSION = "v1";
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** A password that cannot be opened; the message is fit for an answer. */
  public static final class Sealed extends Exception {
    private static final long serialVersionUID = 1;

    private Sealed(String message) {
      super(message, null, false, false);
    }
  }

  private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
  private final String sealing;
  private final SecureRandom random;

  /**
   * @param keys {@code id:base64 of 32 bytes}; the first seals, all open; may be empty
   */
  public PasswordSeal(List<String> keys, SecureRandom random) {
    for (String each : keys) {
      int colon = each.indexOf(':');
      byte[] key = Base64.getDecoder().decode(each.substring(colon + 1));
      this.keys.put(each.substring(0, colon), new SecretKeySpec(key, "AES"));
    }
    this.sealing = keys.isEmpty() ? "" : this.keys.keySet().iterator().next();
    this.random = random;
  }

  /** Whether there is a key to seal with. */
  public boolean canSeal() {
    return !keys.isEmpty();
  }

  /**
   * Seals a password; each time otherwise.
   *
   * @throws IllegalStateException without a key
   */
  public String seal(UUID instance, String password) {
    SecretKeySpec key = keys.get(sealing);
    if (key == null) {
      throw new IllegalStateException("gateway.encryption-keys: none is set");
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, instance);
      byte[] hidden = cipher.doFinal(password.getBytes(StandardCharsets.UTF_8));
      byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + hidden.length);
      System.arraycopy(hidden, 0, all, NONCE_BYTES, hidden.length);
      return VERSION + ":" + sealing + ":" + Base64.getEncoder().encodeToString(all);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + CIPHER, e);
    }
  }

  /** What {@link #seal} sealed for this instance, with this key or an earlier one. */
  public String open(UUID instance, String sealed) throws Sealed {
    String[] parts = sealed.split(":", -1);
    if (parts.length != 3 || !parts[0].equals(VERSION)) {
      throw new Sealed("the password of the instance is sealed in a form that is not known here");
    }
    SecretKeySpec key = keys.get(parts[1]);
    if (key == null) {
      throw new Sealed(
          "the password of the instance is sealed with the key "
              + parts[1]
              + ", which is not in gateway.encryption-keys");
    }
    try {
      byte[] all = Base64.getDecoder().decode(parts[2]);
      byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, instance);
      return new String(
          cipher.doFinal(all, NONCE_BYTES, Math.max(0, all.length - NONCE_BYTES)),
          StandardCharsets.UTF_8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new Sealed(
          "the password of the instance does not open with the key "
              + parts[1]
              + " of gateway.encryption-keys");
    }
  }

  /** What all begins with that the first key sealed. */
  String prefix() {
    return VERSION + ":" + sealing + ":";
  }

  private static Cipher cipher(int mode, SecretKeySpec key, byte[] nonce, UUID instance)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(instance.toString().getBytes(StandardCharsets.US_ASCII));
    return cipher;
  }
}
