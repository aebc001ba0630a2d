package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** Entries as members of JSON and as headers. No state; safe for any thread. */
final class EntryWriter {
  private EntryWriter() {}

  /** Everything of an entry but its braces, in the order of the documents. */
  static void members(JsonGenerator json, KvEntry entry, long ttlMillis) throws IOException {
    text(json, "key", entry.key());
    membersButKey(json, entry, ttlMillis);
  }

  /** The same without the key. */
  static void membersButKey(JsonGenerator json, KvEntry entry, long ttlMillis) throws IOException {
    value(json, entry.value());
    json.writeNumberField("version", entry.version());
    json.writeNumberField("created_at", seconds(entry.createdAtMillis()));
    json.writeNumberField("updated_at", seconds(entry.updatedAtMillis()));
    if (entry.expiresAtMillis() != 0) {
      expiry(json, entry.expiresAtMillis());
      json.writeNumberField("ttl_ms", ttlMillis);
    }
    if (!entry.metadata().isEmpty()) {
      metadata(json, entry.metadata());
    }
  }

  /** Bytes that are valid UTF-8. */
  static void text(JsonGenerator json, String name, Bytes text) throws IOException {
    json.writeFieldName(name);
    json.writeUTF8String(text.array(), 0, text.size());
  }

  /** The value, as base64 if it is no text. */
  static void value(JsonGenerator json, Bytes value) throws IOException {
    if (value.isUtf8()) {
      text(json, "value", value);
    } else {
      json.writeBinaryField("value", value.array());
      json.writeStringField("encoding", "base64");
    }
  }

  static void expiry(JsonGenerator json, long expiresAtMillis) throws IOException {
    if (expiresAtMillis != 0) {
      json.writeNumberField("expires_at", secondsUp(expiresAtMillis));
    }
  }

  private static void metadata(JsonGenerator json, Map<String, String> metadata)
      throws IOException {
    json.writeObjectFieldStart("metadata");
    for (var each : metadata.entrySet()) {
      json.writeStringField(each.getKey(), each.getValue());
    }
    json.writeEndObject();
  }

  static long seconds(long millis) {
    return Math.floorDiv(millis, 1_000L);
  }

  /** Never before the key is gone. */
  static long secondsUp(long millis) {
    return Math.floorDiv(millis + 999, 1_000L);
  }

  /** The version as a strong tag. */
  static HttpHeader tag(long version) {
    return RawHeader.create("ETag", "\"" + version + "\"");
  }

  /** What HEAD shows of an entry. */
  static List<HttpHeader> headers(KvEntry entry, long ttlMillis) {
    var headers = new ArrayList<HttpHeader>(8);
    headers.add(tag(entry.version()));
    headers.add(number("X-Key-Version", entry.version()));
    headers.add(number("X-Key-Created-At", seconds(entry.createdAtMillis())));
    headers.add(number("X-Key-Updated-At", seconds(entry.updatedAtMillis())));
    if (entry.expiresAtMillis() != 0) {
      headers.add(number("X-Key-Expires-At", secondsUp(entry.expiresAtMillis())));
      headers.add(number("X-Key-TTL-Ms", ttlMillis));
    }
    if (!entry.metadata().isEmpty()) {
      // JSON in ASCII: no line end of a client's text can come into a header
      String text =
          Json.ascii(
              json -> {
                json.writeStartObject();
                for (var each : entry.metadata().entrySet()) {
                  json.writeStringField(each.getKey(), each.getValue());
                }
                json.writeEndObject();
              });
      headers.add(RawHeader.create("X-KV-Metadata", text));
    }
    return headers;
  }

  private static HttpHeader number(String name, long value) {
    return RawHeader.create(name, Long.toString(value));
  }
}
