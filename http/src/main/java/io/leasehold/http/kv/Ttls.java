package io.leasehold.http.kv;

import io.leasehold.domain.kv.Ttl;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import org.jspecify.annotations.Nullable;

/** How a time to live is asked for. */
final class Ttls {
  private static final long MAX_SECONDS = Ttl.MAX_MILLIS / 1_000;

  private Ttls() {}

  /**
   * One of three, or none.
   *
   * @param seconds 0 = no expiry
   * @param millis 0 = no expiry
   */
  static Ttl of(@Nullable Long seconds, @Nullable Long millis, boolean keep) {
    if ((seconds != null && millis != null) || (keep && (seconds != null || millis != null))) {
      throw new Refused(
          Problem.INVALID_TTL, "only one of ttl_seconds, ttl_ms and keep_ttl may be given");
    }
    if (keep) {
      return Ttl.KEEP;
    }
    if (seconds != null) {
      return after("ttl_seconds", seconds, MAX_SECONDS, 1_000);
    }
    return millis == null ? Ttl.NONE : after("ttl_ms", millis, Ttl.MAX_MILLIS, 1);
  }

  private static Ttl after(String name, long ttl, long max, long unitMillis) {
    if (ttl < 0 || ttl > max) {
      throw new Refused(
          Problem.INVALID_TTL, name + " = " + ttl + ": must be 0 to " + max + " (ten years)");
    }
    return ttl == 0 ? Ttl.NONE : Ttl.after(ttl * unitMillis);
  }

  /** Of the query of a raw put. */
  static Ttl ofQuery(ApiCall call) {
    var keep = call.query("keep_ttl");
    if (keep != null && !keep.equals("true") && !keep.equals("false")) {
      throw new Refused(Problem.INVALID_TTL, "keep_ttl must be true or false");
    }
    return of(number(call, "ttl_seconds"), number(call, "ttl_ms"), "true".equals(keep));
  }

  private static @Nullable Long number(ApiCall call, String name) {
    var text = call.query(name);
    if (text == null) {
      return null;
    }
    if (!text.matches("[0-9]{1,18}")) {
      throw new Refused(Problem.INVALID_TTL, name + " must be a whole number, 0 or more");
    }
    return Long.parseLong(text);
  }
}
