package io.leasehold.actors.kv;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Understands the lines of a backup. */
final class BackupEntries {
  /** A line that is not what it should be; the message says why. */
  static final class BadLine extends IOException {
    private static final long serialVersionUID = 1L;

    BadLine(String message) {
      super(message);
    }
  }

  private static final int MAX_VALUE = 1 << 20;
  private static final int MAX_METADATA = 64;
  private static final int MAX_METADATA_BYTES = 4_096;
  private static final byte[] LAST = "{\"end\":".getBytes(StandardCharsets.US_ASCII);
  private static final JsonFactory JSON = new JsonFactory();

  private BackupEntries() {}

  /** Whether it is meant as the last line. */
  static boolean isLast(byte[] line, int length) {
    return length >= LAST.length && Arrays.equals(line, 0, LAST.length, LAST, 0, LAST.length);
  }

  private interface Reading<T> {
    T read(JsonParser json) throws IOException;
  }

  private static <T> T read(byte[] line, int length, Reading<T> reading) throws IOException {
    try (JsonParser json = JSON.createParser(line, 0, length)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new BadLine("is no JSON object");
      }
      T read = reading.read(json);
      if (json.nextToken() != null) {
        throw new BadLine("goes on behind its JSON object");
      }
      return read;
    } catch (JsonProcessingException e) {
      throw new BadLine("is not valid JSON: " + e.getOriginalMessage());
    }
  }

  /** Checks the first line. */
  static void checkHeader(byte[] line, int length) throws IOException {
    read(
        line,
        length,
        json -> {
          String format = "";
          long version = 0;
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
              case "format" -> format = text(json, name);
              case "version" -> version = number(json, name);
              default -> json.skipChildren();
            }
          }
          if (!format.equals(BackupLines.FORMAT)) {
            throw new BadLine("has no format " + BackupLines.FORMAT + ": it is no backup");
          } else if (version != BackupLines.VERSION) {
            throw new BadLine(
                "has version " + version + ": this release reads " + BackupLines.VERSION);
          }
          return version;
        });
  }

  /** What the members of a line have been so far. */
  private static final class Draft {
    @Nullable String key;
    @Nullable String value;
    boolean base64;
    long version = -1;
    long created = -1;
    long updated = -1;
    long expires;
    Map<String, String> metadata = Map.of();
  }

  /** Reads an entry; its line feed may be there or not. */
  static KvEntry entry(byte[] line, int length) throws IOException {
    return read(
        line,
        length,
        json -> {
          var draft = new Draft();
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
              case "key" -> draft.key = text(json, name);
              case "value" -> draft.value = text(json, name);
              case "encoding" -> draft.base64 = isBase64(text(json, name));
              case "version" -> draft.version = number(json, name);
              case "created_at_ms" -> draft.created = number(json, name);
              case "updated_at_ms" -> draft.updated = number(json, name);
              case "expires_at_ms" -> draft.expires = number(json, name);
              case "metadata" -> draft.metadata = metadata(json);
              default -> json.skipChildren();
            }
          }
          return entry(draft);
        });
  }

  private static KvEntry entry(Draft draft) throws BadLine {
    String key = draft.key;
    String value = draft.value;
    if (key == null || value == null) {
      throw new BadLine("has no " + (key == null ? "key" : "value"));
    }
    var fault = KvKeys.faultOf(key);
    if (fault != null) {
      throw new BadLine("has a key that is " + fault.name().toLowerCase(Locale.ROOT));
    }
    if (draft.version < 0 || draft.created < 0 || draft.updated < 0) {
      throw new BadLine("has no version, created_at_ms or updated_at_ms");
    }
    Bytes bytes = bytes(value, draft.base64);
    if (bytes.size() > MAX_VALUE) {
      throw new BadLine("has a value of " + bytes.size() + " bytes: at most " + MAX_VALUE);
    }
    return new KvEntry(
        Bytes.utf8(key),
        bytes,
        draft.metadata,
        draft.version,
        draft.created,
        draft.updated,
        draft.expires);
  }

  private static Bytes bytes(String value, boolean base64) throws BadLine {
    if (!base64) {
      return Bytes.utf8(value);
    }
    try {
      return Bytes.of(Base64.getDecoder().decode(value));
    } catch (IllegalArgumentException e) {
      throw new BadLine("has a value that is not base64");
    }
  }

  private static boolean isBase64(String encoding) throws BadLine {
    if (!encoding.equals("base64")) {
      throw new BadLine("has an encoding that is not base64");
    }
    return true;
  }

  private static Map<String, String> metadata(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new BadLine("has metadata that are no object");
    }
    var metadata = new HashMap<String, String>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      metadata.put(name, text(json, name));
    }
    if (metadata.size() > MAX_METADATA || KvEntry.metadataBytes(metadata) > MAX_METADATA_BYTES) {
      throw new BadLine(
          "has metadata of more than "
              + MAX_METADATA
              + " names or "
              + MAX_METADATA_BYTES
              + " bytes");
    }
    return metadata;
  }

  private static String text(JsonParser json, String name) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw new BadLine("has a " + name + " that is no string");
    }
    return json.getText();
  }

  private static long number(JsonParser json, String name) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 0) {
      throw new BadLine("has a " + name + " that is no whole number from 0");
    }
    return json.getLongValue();
  }
}
