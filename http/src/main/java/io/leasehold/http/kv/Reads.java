package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.kv.KvStore.Consistency;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.util.Locale;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** What reads have in common: how fresh they must be, and the form that is asked for. */
final class Reads {
  static final HttpHeader STALE = RawHeader.create("X-Consistency", "stale");

  private static final String RAW = "application/octet-stream";
  private static final String JSON = "application/json";

  private Reads() {}

  /** Who asks, for a write. */
  static KvStore.Caller writer(ApiCall call) {
    return new KvStore.Caller(call.correlationId(), Consistency.CONSISTENT, true);
  }

  /** Who asks, and how fresh the answer must be. */
  static KvStore.Caller reader(ApiCall call, boolean fenced) {
    var asked = call.query("consistency");
    if (asked == null || asked.equals("consistent")) {
      return writer(call);
    }
    if (!asked.equals("stale")) {
      throw new Refused(Problem.INVALID_REQUEST, "consistency must be consistent or stale");
    }
    if (fenced) {
      throw new Refused(
          Problem.INVALID_REQUEST, "consistency=stale and a fence exclude each other");
    }
    return new KvStore.Caller(call.correlationId(), Consistency.STALE, true);
  }

  static boolean isStale(KvStore.Caller caller) {
    return caller.consistency() == Consistency.STALE;
  }

  /** Whether the client prefers the bytes themselves to JSON. */
  static boolean prefersRaw(ApiCall call) {
    var accept = call.accept();
    if (accept == null || !accept.contains("octet-stream")) {
      return false; // a wildcard prefers nothing
    }
    String all = accept.toLowerCase(Locale.ROOT);
    return quality(all, RAW) > quality(all, JSON);
  }

  /** RFC 9110 section 12.5.1: the most exact range counts, whatever the order. */
  private static double quality(String accept, String type) {
    double quality = 0;
    int exactness = 0;
    for (String range : accept.split(",", -1)) {
      String[] parts = range.split(";", -1);
      String name = parts[0].strip();
      int exact =
          name.equals(type) ? 3 : name.equals("application/*") ? 2 : name.equals("*/*") ? 1 : 0;
      if (exact > exactness) {
        exactness = exact;
        quality = weight(parts);
      }
    }
    return quality;
  }

  private static double weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String part = parts[i].replace(" ", "");
      if (part.startsWith("q=")) {
        return part.matches("q=[01](\\.[0-9]{0,3})?") ? Double.parseDouble(part.substring(2)) : 0;
      }
    }
    return 1;
  }
}
