package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvCursor;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/** Pages of keys in their order. Safe for any thread. */
final class ListRoute {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;
  private static final long MAX_PAGE_BYTES = 4L << 20;

  private final KvStore store;

  ListRoute(KvStore store) {
    this.store = store;
  }

  CompletionStage<HttpResponse> list(ApiCall call) {
    Bytes prefix = Keys.prefix(call, orEmpty(call.query("prefix")));
    var cursor = call.query("cursor");
    var behind = cursor == null || cursor.isEmpty() ? null : behind(cursor, prefix);
    boolean keysOnly = "true".equals(call.query("keys_only"));
    KvStore.Caller reader = Reads.reader(call, false);
    var query =
        new KvStore.ListQuery(
            prefix, behind, limit(call.query("limit")), MAX_PAGE_BYTES, keysOnly, behind == null);
    return store
        .list(query, reader)
        .thenApply(
            page -> {
              if (page.failure() != null) {
                throw Failures.unavailable(page.failure());
              }
              byte[] body = Json.bytes(json -> write(json, query, page));
              return Answers.json(
                  200, body, Reads.isStale(reader) ? List.of(Reads.STALE) : List.of());
            });
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static Bytes behind(String cursor, Bytes prefix) {
    var lastKey = KvCursor.lastKey(cursor, prefix);
    if (lastKey == null) {
      throw new Refused(
          Problem.INVALID_CURSOR, "the cursor is none of this store, or one of another prefix");
    }
    return lastKey;
  }

  /** Lenient: what is no number, or too small, is the default; what is too large is the most. */
  static int limit(@Nullable String asked) {
    if (asked == null || !asked.matches("[0-9]{1,18}")) {
      return DEFAULT_LIMIT;
    }
    long limit = Long.parseLong(asked);
    return limit == 0 ? DEFAULT_LIMIT : (int) Math.min(limit, MAX_LIMIT);
  }

  private static void write(JsonGenerator json, KvStore.ListQuery query, KvStore.Listed page)
      throws IOException {
    List<KvEntry> entries = page.entries();
    json.writeStartObject();
    json.writeArrayFieldStart(query.keysOnly() ? "keys" : "items");
    for (int i = 0; i < entries.size(); i++) {
      KvEntry entry = entries.get(i);
      if (query.keysOnly()) {
        json.writeUTF8String(entry.key().array(), 0, entry.key().size());
      } else {
        json.writeStartObject();
        EntryWriter.members(json, entry, page.ttlMillis().get(i));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    json.writeNumberField("count", entries.size());
    json.writeBooleanField("has_more", page.more());
    if (page.more()) {
      Bytes last = entries.get(entries.size() - 1).key();
      json.writeStringField("next_cursor", KvCursor.behind(last, query.prefix()));
    }
    if (page.position() != null) {
      json.writeStringField("watch_position", page.position());
    }
    json.writeEndObject();
  }
}
