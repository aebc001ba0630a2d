package io.leasehold.streams.lock;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.ErrorCode;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the requests of the lock port. Safe for any thread. */
public final class LockTraffic {
  private static final List<String> ACTIONS = actions();
  private static final int INVALID = ACTIONS.size() - 1;
  private static final int STATUSES = AnswerWriter.Status.values().length;

  private final boolean enabled;
  private final EventCounter requests =
      new EventCounter(
          "ttl_semlock_requests",
          "Requests of the lock port.",
          List.of("action", "status"),
          series());
  private final DurationHistogram durations =
      DurationHistogram.ofSeconds(
          "ttl_semlock_request_duration_seconds",
          "Line complete to answer handed to the socket; waits are left out.",
          "action",
          ACTIONS);
  private final EventCounter authFailures =
      new EventCounter("ttl_semlock_auth_failures", "Wrong or missing API keys.");
  private final EventCounter protocolErrors =
      new EventCounter("ttl_semlock_protocol_errors", "Lines that are no valid request.");
  private final EventCounter poolExhaustion =
      new EventCounter("ttl_semlock_pool_exhaustion", "Connections refused at a limit.");
  private final EventCounter acceptFailures =
      new EventCounter(
          "leasehold_accept_failures", "Connections that the system did not let us accept.");
  private final EventCounter errors =
      new EventCounter(
          "leasehold_errors",
          "Error answers, by code.",
          List.of("code"),
          Arrays.stream(ErrorCode.values()).map(code -> List.of(code.wire())).toList());
  private final LongAdder lines = new LongAdder();
  private final LongAdder[] recognised = new LongAdder[Action.values().length];

  /**
   * Starts at zero.
   *
   * @param enabled false: only what the {@code stats} action shows is counted
   */
  public LockTraffic(boolean enabled) {
    this.enabled = enabled;
    for (int i = 0; i < recognised.length; i++) {
      recognised[i] = new LongAdder();
    }
  }

  /** Adds the families to {@code registry}. */
  public LockTraffic register(CollectorRegistry registry) {
    for (var each :
        List.of(
            requests,
            durations,
            authFailures,
            protocolErrors,
            poolExhaustion,
            acceptFailures,
            errors)) {
      registry.register(each);
    }
    return this;
  }

  void lines(int count) {
    lines.add(count);
  }

  /** Requests of this action, granted or not. */
  void recognised(Action action) {
    recognised[action.ordinal()].increment();
  }

  /**
   * One answer.
   *
   * @param action null if it was not recognised
   * @param nanos from the complete line to the answer, negative = a wait, not measured
   */
  void answered(@Nullable Action action, AnswerWriter.Status status, long nanos) {
    if (!enabled) {
      return;
    }
    int index = action == null ? INVALID : action.ordinal();
    requests.count(index * STATUSES + status.ordinal(), 1);
    if (nanos >= 0) {
      durations.record(index, nanos);
    }
  }

  void error(ErrorCode code) {
    errors.count(code.ordinal(), 1);
    switch (code) {
      case AUTH_FAILED, FORBIDDEN -> authFailures.count();
      case LINE_TOO_LONG,
          LINE_TIMEOUT,
          INVALID_UTF8,
          INVALID_JSON,
          INVALID_REQUEST,
          INVALID_ID,
          MISSING_ACTION,
          UNKNOWN_ACTION,
          MISSING_KEY,
          INVALID_KEY,
          INVALID_TTL,
          INVALID_FIELD,
          KEY_TOO_LONG,
          MISSING_VALUE,
          INVALID_VALUE,
          INVALID_METADATA,
          INVALID_CURSOR,
          INVALID_PRECONDITION,
          INVALID_FENCE,
          METADATA_TOO_LARGE ->
          protocolErrors.count();
      default -> {}
    }
  }

  void acceptFailed() {
    acceptFailures.count();
  }

  void connectionRefused() {
    poolExhaustion.count();
  }

  public long totalLines() {
    return lines.sum();
  }

  public long requestsOf(Action action) {
    return recognised[action.ordinal()].sum();
  }

  public long errorsTotal() {
    return errors.total();
  }

  /** Plain refusals of all actions. */
  public long refusedTotal() {
    long total = 0;
    for (int i = 0; i <= INVALID; i++) {
      total += requests.value(i * STATUSES + AnswerWriter.Status.REFUSED.ordinal());
    }
    return total;
  }

  public long connectionsRefusedTotal() {
    return poolExhaustion.total();
  }

  private static List<String> actions() {
    var names = new ArrayList<String>();
    for (Action action : Action.values()) {
      names.add(action.wire());
    }
    names.add("invalid");
    return List.copyOf(names);
  }

  private static List<List<String>> series() {
    var all = new ArrayList<List<String>>();
    for (String action : ACTIONS) {
      for (AnswerWriter.Status status : AnswerWriter.Status.values()) {
        all.add(List.of(action, status.wire()));
      }
    }
    return all;
  }
}
