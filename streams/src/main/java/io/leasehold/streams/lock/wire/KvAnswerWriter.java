package io.leasehold.streams.lock.wire;

import io.leasehold.actors.kv.KvStore.Listed;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvCursor;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvResult;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers of the store as lines of JSON. No line is longer than {@link
 * WireError#MAX_LINE_BYTES}. No state; safe for any thread.
 */
public final class KvAnswerWriter {
  /** Of a page: the closing bracket, count, has_more and the names of the rest. */
  private static final int PAGE_END_BYTES = 128;

  private KvAnswerWriter() {}

  /**
   * Writes what an operation came to, unless that is an error.
   *
   * @return null if nothing was written, because {@link #errorOf} is to be answered
   */
  public static AnswerWriter.@Nullable Status answer(
      LineBuffer out, KvResult result, @Nullable RequestId id) {
    if (result instanceof KvResult.Found found) {
      return found(out, found, id) ? AnswerWriter.Status.SUCCESS : null;
    } else if (result instanceof KvResult.Stored stored) {
      out.ascii("{\"success\":true");
      flag(out, "created", stored.created());
      number(out, "version", stored.version());
      if (stored.expiresAtMillis() != 0) {
        number(out, "expires_at", secondsUp(stored.expiresAtMillis()));
      }
    } else if (result instanceof KvResult.Deleted deleted) {
      out.ascii("{\"success\":true");
      flag(out, "existed", deleted.existed());
      if (deleted.existed()) {
        number(out, "version", deleted.version());
      }
    } else {
      return refused(out, result, id);
    }
    AnswerWriter.end(out, id);
    return AnswerWriter.Status.SUCCESS;
  }

  private static AnswerWriter.@Nullable Status refused(
      LineBuffer out, KvResult result, @Nullable RequestId id) {
    if (result instanceof KvResult.Absent) {
      out.ascii("{\"success\":false,\"reason\":\"not_found\",\"found\":false");
    } else if (result instanceof KvResult.PreconditionFailed failed) {
      out.ascii("{\"success\":false,\"reason\":\"precondition_failed\"");
      number(out, "current_version", failed.currentVersion());
    } else if (result instanceof KvResult.StaleFence stale) {
      out.ascii("{\"success\":false,\"reason\":\"stale_fence\"");
      number(out, "newest_token", stale.newestToken());
    } else if (result instanceof KvResult.UnknownFence) {
      out.ascii("{\"success\":false,\"reason\":\"unknown_fence\"");
    } else {
      return null;
    }
    AnswerWriter.end(out, id);
    return AnswerWriter.Status.REFUSED;
  }

  /** The one place where a failure of the store becomes an error of the wire. */
  public static WireError errorOf(KvResult result) {
    if (result instanceof KvResult.Found found) {
      return tooLarge(found.entry());
    } else if (result instanceof KvResult.StorageFull full) {
      return new WireError(
          ErrorCode.STORAGE_FULL,
          full.scope()
              + " holds "
              + full.usedBytes()
              + " bytes, the value does not fit into "
              + full.limitBytes());
    } else if (result instanceof KvResult.Overloaded overloaded) {
      return WireError.overloaded(overloaded.message());
    } else if (result instanceof KvResult.Unavailable unavailable) {
      return WireError.unavailable(unavailable.message(), unavailable.outcomeUnknown());
    }
    throw new IllegalArgumentException(result + " is no error of an action on this port");
  }

  /** False, with nothing written, if the line would be too long. */
  private static boolean found(LineBuffer out, KvResult.Found found, @Nullable RequestId id) {
    if (found.entry().value().size() > WireError.MAX_LINE_BYTES) {
      return false; // need not even be tried
    }
    int start = out.size();
    out.ascii("{\"success\":true,\"found\":true,");
    entry(out, found.entry(), found.ttlMillis());
    AnswerWriter.end(out, id);
    int length = out.size() - start;
    if (length - 1 > WireError.MAX_LINE_BYTES) { // the line feed does not count
      out.dropLast(length);
      return false;
    }
    return true;
  }

  private static WireError tooLarge(KvEntry entry) {
    return new WireError(
        ErrorCode.VALUE_TOO_LARGE,
        "value of "
            + entry.value().size()
            + " bytes makes the answer longer than "
            + WireError.MAX_LINE_BYTES
            + " bytes, read it over HTTP: key "
            + WireError.shown(entry.key().text()));
  }

  /**
   * Writes a page, which ends before the line would be too long.
   *
   * @return what is to be answered instead, with nothing written; null if the page was written
   */
  public static @Nullable WireError list(
      LineBuffer out, Listed page, Bytes prefix, boolean keysOnly, @Nullable RequestId id) {
    var failure = page.failure();
    if (failure != null) {
      return errorOf(failure);
    }
    int start = out.size();
    out.ascii(keysOnly ? "{\"success\":true,\"keys\":[" : "{\"success\":true,\"items\":[");
    int room = WireError.MAX_LINE_BYTES - PAGE_END_BYTES - endBytes(page.position(), id);
    int count = 0;
    while (count < page.entries().size()) {
      KvEntry entry = page.entries().get(count);
      int before = out.size();
      if (count > 0) {
        out.put(',');
      }
      item(out, entry, keysOnly, page.ttlMillis().get(count));
      if (out.size() - start + cursorBytes(entry.key()) > room) {
        out.dropLast(out.size() - before);
        break;
      }
      count++;
    }
    if (count == 0 && !page.entries().isEmpty()) {
      out.dropLast(out.size() - start);
      return tooLarge(page.entries().get(0));
    }
    boolean more = page.more() || count < page.entries().size();
    out.put(']');
    number(out, "count", count);
    flag(out, "has_more", more);
    if (more) {
      out.ascii(",\"next_cursor\":");
      out.json(KvCursor.behind(page.entries().get(count - 1).key(), prefix));
    }
    var position = page.position();
    if (position != null) {
      out.ascii(",\"watch_position\":");
      out.json(position);
    }
    AnswerWriter.end(out, id);
    return null;
  }

  private static void item(LineBuffer out, KvEntry entry, boolean keyOnly, long ttlMillis) {
    if (keyOnly) {
      out.json(entry.key().text());
    } else if (entry.value().size() > WireError.MAX_LINE_BYTES) {
      // too long for any line whatever it is written as: its length is enough
      out.append(new byte[WireError.MAX_LINE_BYTES]);
    } else {
      out.put('{');
      entry(out, entry, ttlMillis);
      out.put('}');
    }
  }

  private static void entry(LineBuffer out, KvEntry entry, long ttlMillis) {
    out.ascii("\"key\":");
    out.json(entry.key().text());
    out.ascii(",\"value\":");
    if (entry.value().isUtf8()) {
      out.json(entry.value().text());
    } else {
      out.put('"');
      out.append(Base64.getEncoder().encode(entry.value().array()));
      out.ascii("\",\"encoding\":\"base64\"");
    }
    number(out, "version", entry.version());
    number(out, "created_at", entry.createdAtMillis() / 1_000);
    number(out, "updated_at", entry.updatedAtMillis() / 1_000);
    if (entry.expiresAtMillis() != 0) {
      number(out, "expires_at", secondsUp(entry.expiresAtMillis()));
      number(out, "ttl_ms", ttlMillis);
    }
    metadata(out, entry.metadata());
  }

  /** By name: a map of the JDK would tell them in another order each time. */
  private static void metadata(LineBuffer out, Map<String, String> metadata) {
    if (metadata.isEmpty()) {
      return;
    }
    out.ascii(",\"metadata\":");
    char separator = '{';
    for (var each : new TreeMap<>(metadata).entrySet()) {
      out.put(separator);
      separator = ',';
      out.json(each.getKey());
      out.put(':');
      out.json(each.getValue());
    }
    out.put('}');
  }

  /** What stands behind the items and is as long as others like. */
  private static int endBytes(@Nullable String position, @Nullable RequestId id) {
    var end = new LineBuffer(256);
    AnswerWriter.end(end, id);
    return end.size() + (position == null ? 0 : position.length());
  }

  /** At least the characters of the cursor behind a key: its bytes and five more, in base64. */
  private static int cursorBytes(Bytes key) {
    return (key.size() + 8) * 4 / 3;
  }

  private static long secondsUp(long millis) {
    return (millis + 999) / 1_000;
  }

  private static void number(LineBuffer out, String name, long value) {
    out.ascii(",\"");
    out.ascii(name);
    out.ascii("\":");
    out.number(value);
  }

  private static void flag(LineBuffer out, String name, boolean value) {
    out.ascii(",\"");
    out.ascii(name);
    out.ascii(value ? "\":true" : "\":false");
  }
}
