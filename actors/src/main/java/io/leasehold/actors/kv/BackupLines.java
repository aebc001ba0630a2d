package io.leasehold.actors.kv;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.domain.kv.KvEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Writes the lines of one backup, in order: the header, entries, the last line with the number of
 * entries and the SHA-256 of everything before it. Confined to its caller.
 */
final class BackupLines {
  /** Name of the format, in the first line. */
  static final String FORMAT = "leasehold-kv";

  /** Version of the format, in the first line. */
  static final int VERSION = 1;

  private static final JsonFactory JSON =
      new JsonFactoryBuilder().rootValueSeparator((String) null).build();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final MessageDigest digest = sha256();
  private long entries;

  /** SHA-256, which every Java platform has. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing in this Java platform", e);
    }
  }

  /** The first line. */
  byte[] header(long wallMillis, int shards) {
    return counted(
        json -> {
          json.writeStartObject();
          json.writeStringField("format", FORMAT);
          json.writeNumberField("version", VERSION);
          json.writeStringField("created_at", TIME.format(Instant.ofEpochMilli(wallMillis)));
          json.writeNumberField("shards", shards);
          end(json);
        });
  }

  /** A line for each entry. */
  byte[] entries(List<KvEntry> page) {
    entries += page.size();
    return counted(
        json -> {
          for (KvEntry entry : page) {
            write(json, entry);
          }
        });
  }

  /** The last line: without it a backup is not whole. */
  byte[] last() {
    return last(entries, digest.digest());
  }

  /** The one form the last line has. */
  static byte[] last(long entries, byte[] sha256) {
    return lines(
        json -> {
          json.writeStartObject();
          json.writeBooleanField("end", true);
          json.writeNumberField("entries", entries);
          json.writeStringField("sha256", HexFormat.of().formatHex(sha256));
          end(json);
        });
  }

  private static void write(JsonGenerator json, KvEntry entry) throws IOException {
    json.writeStartObject();
    json.writeStringField("key", entry.key().text());
    if (entry.value().isUtf8()) {
      byte[] text = entry.value().array();
      json.writeFieldName("value");
      json.writeUTF8String(text, 0, text.length);
    } else {
      json.writeBinaryField("value", entry.value().array());
      json.writeStringField("encoding", "base64");
    }
    json.writeNumberField("version", entry.version());
    json.writeNumberField("created_at_ms", entry.createdAtMillis());
    json.writeNumberField("updated_at_ms", entry.updatedAtMillis());
    if (entry.expiresAtMillis() != 0) {
      json.writeNumberField("expires_at_ms", entry.expiresAtMillis());
    }
    if (!entry.metadata().isEmpty()) {
      json.writeObjectFieldStart("metadata");
      for (var each : new TreeMap<>(entry.metadata()).entrySet()) {
        json.writeStringField(wellFormed(each.getKey()), wellFormed(each.getValue()));
      }
      json.writeEndObject();
    }
    end(json);
  }

  /** What has no form in UTF-8 is written as the journal writes it. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private static void end(JsonGenerator json) throws IOException {
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private interface Writing {
    void write(JsonGenerator json) throws IOException;
  }

  private byte[] counted(Writing writing) {
    byte[] lines = lines(writing);
    digest.update(lines);
    return lines;
  }

  private static byte[] lines(Writing writing) {
    var out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      writing.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("a backup cannot be written", e);
    }
    return out.toByteArray();
  }
}
