package io.leasehold.http.kv;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The entries of one batch in their order, from request to answer. Confined to one request. */
final class Batch {
  private static final int OK = 200;
  private static final int SOME_FAILED = 206;
  private static final int ALL_FAILED = 400;

  private static final class Entry {
    final String shownKey;
    final @Nullable KvOperation operation;
    @Nullable KvResult result;
    @Nullable Refused refused;

    Entry(String shownKey, @Nullable KvOperation operation, @Nullable Refused refused) {
      this.shownKey = shownKey;
      this.operation = operation;
      this.refused = refused;
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  /** Adds an entry; one that is wrong fails alone. */
  void add(String shownKey, Supplier<KvOperation> reading) {
    try {
      entries.add(new Entry(shownKey, reading.get(), null));
    } catch (Refused e) {
      // what is wrong may be half a surrogate pair, which cannot be written
      String writable = new String(shownKey.getBytes(UTF_8), UTF_8);
      entries.add(new Entry(writable, null, e));
    }
  }

  /** What is to be run, in order. */
  List<KvOperation> operations() {
    var operations = new ArrayList<KvOperation>(entries.size());
    for (Entry entry : entries) {
      if (entry.operation != null) {
        operations.add(entry.operation);
      }
    }
    return operations;
  }

  /** Takes the results; operations behind the last one were not run, for the answer is full. */
  void done(List<KvResult> results) {
    int next = 0;
    for (Entry entry : entries) {
      KvOperation operation = entry.operation;
      if (operation == null) {
        continue;
      }
      if (next >= results.size()) {
        entry.refused =
            new Refused(Problem.RESPONSE_TOO_LARGE, "the values of one answer are at most 16 MiB");
        continue;
      }
      KvResult result = results.get(next++);
      if (result.isFailure() && !(result instanceof KvResult.Absent)) {
        entry.refused = Failures.of(result, operation);
      } else {
        entry.result = result;
      }
    }
  }

  private long failed() {
    return entries.stream().filter(entry -> entry.refused != null).count();
  }

  int status() {
    long failed = failed();
    return failed == 0 ? OK : failed < entries.size() ? SOME_FAILED : ALL_FAILED;
  }

  byte[] written() {
    return Json.bytes(this::write);
  }

  private void write(JsonGenerator json) throws IOException {
    int total = entries.size();
    long failed = failed();
    json.writeStartObject();
    json.writeNumberField("success_count", total - failed);
    json.writeNumberField("error_count", failed);
    json.writeNumberField("total_count", total);
    json.writeNumberField("success_rate", Math.round((total - failed) * 1_000.0 / total) / 10.0);
    json.writeArrayFieldStart("results");
    for (Entry entry : entries) {
      json.writeStartObject();
      if (entry.refused != null) {
        json.writeStringField("key", entry.shownKey);
        json.writeBooleanField("success", false);
        error(json, entry.refused);
        ResultWriter.members(json, entry.refused.members());
      } else if (entry.result != null) {
        write(json, entry, entry.result);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("errors");
    for (Entry entry : entries) {
      if (entry.refused != null) {
        json.writeStartObject();
        json.writeStringField("key", entry.shownKey);
        error(json, entry.refused);
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void error(JsonGenerator json, Refused refused) throws IOException {
    json.writeStringField("code", refused.problem().code());
    json.writeStringField("error", refused.text());
  }

  private static void write(JsonGenerator json, Entry entry, KvResult result) throws IOException {
    json.writeStringField("key", entry.shownKey);
    if (result instanceof KvResult.Found found) {
      json.writeBooleanField("found", true);
      EntryWriter.membersButKey(json, found.entry(), found.ttlMillis());
    } else if (result instanceof KvResult.Absent) {
      json.writeBooleanField("found", false);
    } else {
      json.writeBooleanField("success", true);
      ResultWriter.done(json, result);
    }
  }
}
