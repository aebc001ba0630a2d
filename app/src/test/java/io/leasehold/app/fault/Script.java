package io.leasehold.app.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A history of one key, written by hand in milliseconds. */
final class Script {
  static final int CLIENT = 1;

  private final LockKey key;
  private final long[] now = {0};
  private final History history;
  private final List<Window> disruptions = new ArrayList<>();

  private Script(int limit) {
    key = new LockKey("k", limit);
    history = new History(List.of(key), () -> now[0]);
  }

  static Script ofLock() {
    return new Script(1);
  }

  static Script ofSemaphore(int limit) {
    return new Script(limit);
  }

  private void at(long millis) {
    now[0] = millis * History.MILLI;
  }

  private int answered(int number, long millis, Outcome outcome, long token, int left, int waited) {
    at(millis);
    history.answered(number, outcome, token, left, waited);
    return number;
  }

  /** An acquire that does not wait and is granted. */
  int granted(long sent, long answered, long token, int ttl) {
    at(sent);
    return answered(
        history.acquire(CLIENT, 0, 1, ttl, 0), answered, Outcome.GRANTED, token, ttl, 0);
  }

  /** The same with more than one permit. */
  int granted(long sent, long answered, long token, int ttl, int permits) {
    at(sent);
    return answered(
        history.acquire(CLIENT, 0, permits, ttl, 0), answered, Outcome.GRANTED, token, ttl, 0);
  }

  /** A repeat of an earlier acquire that is granted, with so much time left. */
  int repeatGranted(int request, long sent, long answered, long token, int left) {
    at(sent);
    return answered(history.repeat(request), answered, Outcome.GRANTED, token, left, 0);
  }

  /** An acquire that does not wait and is not granted. */
  int acquire(long sent, long answered, int ttl, Outcome outcome) {
    at(sent);
    return answered(history.acquire(CLIENT, 0, 1, ttl, 0), answered, outcome, 0, 0, 0);
  }

  /**
   * An acquire that waits.
   *
   * @param queued when it was seen in the queue, 0 if never
   * @param token 0 is a time-out
   */
  int waited(long sent, long queued, long answered, int wait, long token, int ttl) {
    at(sent);
    int number = history.acquire(CLIENT, 0, 1, ttl, wait);
    if (queued > 0) {
      at(queued);
      history.seenQueued(number);
    }
    Outcome outcome = token > 0 ? Outcome.GRANTED : Outcome.TIMEOUT;
    return answered(number, answered, outcome, token, ttl, (int) (answered - sent));
  }

  int use(Kind kind, long sent, long answered, long token, Outcome outcome) {
    at(sent);
    return answered(history.onToken(CLIENT, kind, 0, token, 0), answered, outcome, 0, 0, 0);
  }

  int extend(long sent, long answered, long token, int ttl, Outcome outcome) {
    at(sent);
    return answered(
        history.onToken(CLIENT, Kind.EXTEND, 0, token, ttl), answered, outcome, 0, ttl, 0);
  }

  int exists(long sent, long answered, Outcome outcome) {
    at(sent);
    return answered(history.exists(CLIENT, 0), answered, outcome, 0, 0, 0);
  }

  void disrupted(long from, long to, Window.Effect effect) {
    disruptions.add(new Window(from * History.MILLI, to * History.MILLI, effect));
  }

  /** With the shipped settings and a wake-up bound of 100 ms. */
  List<Violation> violations(Check check) {
    Rules rules = Rules.ofCluster(Duration.ofMillis(100), disruptions);
    return check.examine(history.ofKey(0), rules).violations();
  }

  long examined(Check check) {
    Rules rules = Rules.ofCluster(Duration.ofMillis(100), disruptions);
    return check.examine(history.ofKey(0), rules).examined();
  }
}
