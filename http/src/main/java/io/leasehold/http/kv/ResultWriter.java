package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.domain.kv.KvResult;
import java.io.IOException;
import java.util.Map;

/** Results of the store as members of JSON. No state; safe for any thread. */
final class ResultWriter {
  private ResultWriter() {}

  /** What was done, behind {@code "success":true}. */
  static void done(JsonGenerator json, KvResult result) throws IOException {
    if (result instanceof KvResult.Stored stored) {
      json.writeBooleanField("created", stored.created());
      json.writeNumberField("version", stored.version());
      EntryWriter.expiry(json, stored.expiresAtMillis());
    } else if (result instanceof KvResult.Deleted deleted) {
      json.writeBooleanField("existed", deleted.existed());
      if (deleted.existed()) {
        json.writeNumberField("version", deleted.version());
      }
    } else if (result instanceof KvResult.Touched touched) {
      json.writeNumberField("version", touched.version());
      EntryWriter.expiry(json, touched.expiresAtMillis());
    } else if (result instanceof KvResult.Counted counted) {
      json.writeBooleanField("created", counted.created());
      json.writeStringField("value", Long.toString(counted.number()));
      json.writeNumberField("number", counted.number());
      json.writeNumberField("version", counted.version());
    } else {
      throw new IllegalArgumentException("nothing was done: " + result);
    }
  }

  /** The body of a single operation. */
  static byte[] single(KvResult result) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          json.writeBooleanField("success", true);
          done(json, result);
          json.writeEndObject();
        });
  }

  /** More members of an error: numbers and texts. */
  static void members(JsonGenerator json, Map<String, Object> members) throws IOException {
    for (var each : members.entrySet()) {
      json.writeObjectField(each.getKey(), each.getValue());
    }
  }
}
