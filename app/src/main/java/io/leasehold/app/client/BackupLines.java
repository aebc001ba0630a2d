package io.leasehold.app.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a backup as it goes by: counts, and says at its end whether it is whole. Keeps two lines
 * in memory. Not thread safe.
 */
public final class BackupLines {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final MessageDigest digest = sha256();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private byte[] last = new byte[0];
  private long lines;
  private long bytes;

  /** The next bytes of it. */
  public void take(byte[] chunk, int from, int length) {
    bytes += length;
    int start = from;
    for (int i = from; i < from + length; i++) {
      if (chunk[i] == '\n') {
        line.write(chunk, start, i + 1 - start);
        start = i + 1;
        digest.update(last); // of all lines but the last, which holds it
        last = line.toByteArray();
        line.reset();
        lines++;
      }
    }
    line.write(chunk, start, from + length - start);
  }

  /** Entries that have gone by, the first line not counted and the last one, if it is there. */
  public long entries() {
    return Math.max(0, lines - (end() == null ? 1 : 2));
  }

  public long bytes() {
    return bytes;
  }

  /** What is wrong with what has gone by; null if it is a whole backup. Only at its end. */
  public @Nullable String problem() {
    JsonNode end = end();
    if (end == null || line.size() > 0) {
      return "its last line is missing";
    }
    if (end.path("entries").asLong(-1) != entries()) {
      return "it has " + entries() + " entries, its last line says " + end.path("entries");
    }
    String sum = HexFormat.of().formatHex(digest.digest());
    return sum.equals(end.path("sha256").asText()) ? null : "its checksum does not fit";
  }

  private @Nullable JsonNode end() {
    if (!new String(last, 0, Math.min(last.length, 7), StandardCharsets.UTF_8)
        .equals("{\"end\":")) {
      return null;
    }
    try {
      return JSON.readTree(last);
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory cannot be read", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
