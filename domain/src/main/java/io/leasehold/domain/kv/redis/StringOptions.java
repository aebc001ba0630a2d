package io.leasehold.domain.kv.redis;

import org.jspecify.annotations.Nullable;

/** The options of SET and GETEX. Confined to one run of a command. */
final class StringOptions {
  /** How a time is given; null = none is. */
  private enum Time {
    EX(1_000, true),
    PX(1, true),
    EXAT(1_000, false),
    PXAT(1, false);

    final long unitMillis;
    final boolean fromNow;

    Time(long unitMillis, boolean fromNow) {
      this.unitMillis = unitMillis;
      this.fromNow = fromNow;
    }
  }

  private final Call call;
  boolean onlyAbsent;
  boolean onlyPresent;
  boolean get;
  boolean keepDeadline;
  boolean persist;
  private @Nullable Time time;
  private int timeAt;

  private StringOptions(Call call) {
    this.call = call;
  }

  /** Those behind key and value of SET. */
  static StringOptions ofSet(Call call) {
    var options = new StringOptions(call);
    for (int i = 3; i < call.size(); i++) {
      switch (call.option(i)) {
        case "NX" -> options.onlyAbsent = options.allowed(!options.onlyPresent);
        case "XX" -> options.onlyPresent = options.allowed(!options.onlyAbsent);
        case "GET" -> options.get = true;
        case "KEEPTTL" -> options.keepDeadline = options.allowed(options.time == null);
        default -> i = options.time(i);
      }
    }
    return options;
  }

  /** Those behind the key of GETEX. */
  static StringOptions ofGetEx(Call call) {
    var options = new StringOptions(call);
    for (int i = 2; i < call.size(); i++) {
      if (call.isOption(i, "PERSIST")) {
        options.persist = options.allowed(options.time == null);
      } else {
        i = options.time(i);
      }
    }
    return options;
  }

  /** Always true: anything else is refused. */
  private boolean allowed(boolean goesTogether) {
    if (!goesTogether) {
      throw Refusal.syntax();
    }
    return true;
  }

  private int time(int at) {
    for (Time each : Time.values()) {
      if (call.isOption(at, each.name())) {
        allowed(!keepDeadline && !persist && (time == null || time == each) && call.hasMore(at));
        time = each;
        timeAt = at + 1;
        return timeAt;
      }
    }
    throw Refusal.syntax();
  }

  boolean hasTime() {
    return time != null;
  }

  /** The deadline that is asked for; 0 = none is. It may lie in the past. */
  long deadlineMillis() {
    return time == null ? 0 : deadlineMillis(call, timeAt, time.unitMillis, time.fromNow);
  }

  /** An argument as a time above 0 that becomes a deadline. */
  static long deadlineMillis(Call call, int at, long unitMillis, boolean fromNow) {
    long value = call.integer(at);
    long base = fromNow ? call.nowMillis() : 0;
    if (value <= 0 || value > (Long.MAX_VALUE - base) / unitMillis) {
      throw call.expireTime();
    }
    return value * unitMillis + base;
  }
}
