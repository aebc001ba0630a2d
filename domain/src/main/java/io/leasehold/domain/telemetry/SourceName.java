package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names made of a source, which may hold any character: no two sources share one. */
public final class SourceName {
  /** A longer name is cut and ends in a digest. */
  static final int MAX_CHARS = 128;

  private static final int KEPT_CHARS = 100;
  private static final int DIGEST_BYTES = 8;
  private static final String HEX = "0123456789ABCDEF";

  private SourceName() {}

  /**
   * The source as part of a file name: {@code [A-Za-z0-9._-]} stay, every other byte and a leading
   * dot are percent-encoded, so it leaves no directory; at most {@value #MAX_CHARS} characters.
   */
  public static String encode(String source) {
    byte[] bytes = source.getBytes(UTF_8);
    var out = new StringBuilder(bytes.length + 8);
    for (int i = 0; i < bytes.length; i++) {
      int c = bytes[i] & 0xFF;
      if (isPlain(c) && !(c == '.' && i == 0)) {
        out.append((char) c);
      } else {
        out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
      }
    }
    return out.length() <= MAX_CHARS
        ? out.toString()
        : out.substring(0, KEPT_CHARS) + '~' + digest(bytes);
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(hash, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
