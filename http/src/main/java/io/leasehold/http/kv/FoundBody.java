package io.leasehold.http.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import java.nio.charset.StandardCharsets;

/**
 * The body of a get. Texts of plain ASCII, which most are, are copied as they are: setting up a
 * JSON writer costs more than all the rest of such an answer. No state; safe for any thread.
 */
final class FoundBody {
  private static final byte[] BEFORE_KEY = ascii("{\"found\":true,\"key\":\"");
  private static final byte[] BEFORE_VALUE = ascii("\",\"value\":\"");

  private FoundBody() {}

  static byte[] of(KvEntry entry, long ttlMillis) {
    return entry.metadata().isEmpty() && isPlain(entry.key()) && isPlain(entry.value())
        ? plain(entry, ttlMillis)
        : any(entry, ttlMillis);
  }

  /** Any entry, token by token. */
  static byte[] any(KvEntry entry, long ttlMillis) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          json.writeBooleanField("found", true);
          EntryWriter.members(json, entry, ttlMillis);
          json.writeEndObject();
        });
  }

  /** Whether nothing of it is escaped in JSON. */
  private static boolean isPlain(Bytes text) {
    for (byte each : text.array()) {
      if (each < 0x20 || each == '"' || each == '\\') {
        return false; // bytes from 0x80 on are negative
      }
    }
    return true;
  }

  private static byte[] plain(KvEntry entry, long ttlMillis) {
    var rest = new StringBuilder(128);
    rest.append("\",\"version\":").append(entry.version());
    rest.append(",\"created_at\":").append(EntryWriter.seconds(entry.createdAtMillis()));
    rest.append(",\"updated_at\":").append(EntryWriter.seconds(entry.updatedAtMillis()));
    if (entry.expiresAtMillis() != 0) {
      rest.append(",\"expires_at\":").append(EntryWriter.secondsUp(entry.expiresAtMillis()));
      rest.append(",\"ttl_ms\":").append(ttlMillis);
    }
    byte[] end = ascii(rest.append('}').toString());
    byte[] key = entry.key().array();
    byte[] value = entry.value().array();
    byte[] all =
        new byte[BEFORE_KEY.length + key.length + BEFORE_VALUE.length + value.length + end.length];
    int at = put(BEFORE_KEY, all, 0);
    at = put(key, all, at);
    at = put(BEFORE_VALUE, all, at);
    at = put(value, all, at);
    put(end, all, at);
    return all;
  }

  private static int put(byte[] part, byte[] all, int at) {
    System.arraycopy(part, 0, all, at, part.length);
    return at + part.length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
