package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;

/** Writes the history of one key of the store by hand. Times are milliseconds. */
final class StoreScript {
  private final StoreKey key;
  private final List<StoreOperation> operations = new ArrayList<>();

  StoreScript(StoreKey key) {
    this.key = key;
  }

  private StoreScript add(
      long sent, long answered, StoreOperation.Request request, StoreOperation.Answer answer) {
    operations.add(
        new StoreOperation(
            operations.size(),
            request,
            sent * History.MILLI,
            answered == Long.MAX_VALUE ? answered : answered * History.MILLI,
            answer));
    return this;
  }

  private static StoreOperation.Request request(
      StoreKind kind, String value, long expected, long token) {
    return new StoreOperation.Request(0, kind, 0, value, expected, token);
  }

  private static final long ANY = StoreOperation.ANY_VERSION;

  StoreScript put(long sent, long answered, String value, long version, boolean created) {
    return add(
        sent,
        answered,
        request(StoreKind.PUT, value, ANY, 0),
        StoreOperation.Answer.stored(version, created));
  }

  StoreScript put(long token, long sent, long answered, String value, long version) {
    return add(
        sent,
        answered,
        request(StoreKind.PUT, value, ANY, token),
        StoreOperation.Answer.stored(version, false));
  }

  StoreScript stale(long token, long sent, long answered, String value, long newest) {
    return add(
        sent,
        answered,
        request(StoreKind.PUT, value, ANY, token),
        StoreOperation.Answer.stale(newest));
  }

  StoreScript cas(
      long sent, long answered, String value, long expected, long version, boolean created) {
    return add(
        sent,
        answered,
        request(StoreKind.CAS, value, expected, 0),
        StoreOperation.Answer.stored(version, created));
  }

  StoreScript mismatch(long sent, long answered, String value, long expected, long version) {
    return add(
        sent,
        answered,
        request(StoreKind.CAS, value, expected, 0),
        StoreOperation.Answer.mismatch(version));
  }

  StoreScript delete(long sent, long answered, long version) {
    return add(
        sent,
        answered,
        request(StoreKind.DELETE, "", ANY, 0),
        version > 0
            ? StoreOperation.Answer.deleted(version)
            : StoreOperation.Answer.of(StoreOutcome.ABSENT));
  }

  StoreScript count(long sent, long answered, long number, long version, boolean created) {
    return add(
        sent,
        answered,
        request(StoreKind.INCREMENT, "", ANY, 0),
        StoreOperation.Answer.counted(version, created, Long.toString(number)));
  }

  StoreScript get(long sent, long answered, String value, long version) {
    return get(0, sent, answered, value, version);
  }

  StoreScript get(long token, long sent, long answered, String value, long version) {
    return add(
        sent,
        answered,
        request(StoreKind.GET, "", ANY, token),
        version > 0
            ? StoreOperation.Answer.found(version, value)
            : StoreOperation.Answer.of(StoreOutcome.ABSENT));
  }

  StoreScript unknown(StoreKind kind, long sent, String value) {
    return ended(kind, sent, value, StoreOutcome.UNKNOWN);
  }

  StoreScript ended(StoreKind kind, long sent, String value, StoreOutcome outcome) {
    return add(
        sent, Long.MAX_VALUE, request(kind, value, ANY, 0), StoreOperation.Answer.of(outcome));
  }

  StoreKeyHistory history() {
    return new StoreKeyHistory(key, operations);
  }

  List<String> findings(StoreCheck check) {
    return check.examine(history()).violations().stream().map(StoreViolation::what).toList();
  }
}
