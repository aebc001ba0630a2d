package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.Redaction;
import io.leasehold.domain.telemetry.TapFilter;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Those who watch messages as they are accepted. A connection looks once for each chunk whether
 * there is anybody. Outlives reloads. Safe for any thread; never waits.
 */
final class Tap {
  private static final List<TapSession> NOBODY = List.of();

  private final Clock clock;
  private final LongAdder skipped = new LongAdder();
  private volatile TelemetrySettings.Tap settings;
  private volatile Redaction redaction;
  private volatile List<TapSession> sessions = NOBODY;

  Tap(TelemetrySettings.Tap settings, Clock clock) {
    this.clock = clock;
    this.settings = settings;
    this.redaction = new Redaction(settings.redact());
  }

  /** Other bounds from now on; who watches stays. */
  void settings(TelemetrySettings.Tap next) {
    settings = next;
    redaction = new Redaction(next.redact());
  }

  /** Whom to show what comes; nearly always nobody. */
  List<TapSession> sessions() {
    return sessions;
  }

  boolean hasPlace() {
    return sessions.size() < settings.maxClients();
  }

  /** Begins to show messages; null if all places are taken. */
  synchronized @Nullable TapSession open(TapFilter filter, long limit) {
    if (!hasPlace()) {
      return null;
    }
    var session = new TapSession(this, filter, limit, clock);
    var more = new ArrayList<>(sessions);
    more.add(session);
    sessions = List.copyOf(more);
    return session;
  }

  synchronized void leave(TapSession session) {
    sessions = sessions.stream().filter(each -> each != session).toList();
  }

  int maxRate() {
    return settings.maxRate();
  }

  Redaction redaction() {
    return redaction;
  }

  void skipped() {
    skipped.increment();
  }

  /** Messages that matched and were not shown. */
  long skippedMessages() {
    return skipped.sum();
  }
}
