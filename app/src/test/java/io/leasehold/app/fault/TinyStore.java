package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes histories of a handful of operations on one key, right ones and wrong ones. */
final class TinyStore {
  private static final int MAX_OPERATIONS = 6;

  private final Random random;
  private final boolean counts;
  private String value = "";
  private long version;
  private long revision;

  private TinyStore(Random random) {
    this.random = random;
    counts = random.nextInt(3) == 0;
  }

  static StoreKeyHistory history(Random random) {
    return new TinyStore(random).play();
  }

  private StoreKeyHistory play() {
    var operations = new ArrayList<StoreOperation>();
    int size = 2 + random.nextInt(MAX_OPERATIONS - 1);
    for (int i = 0; i < size; i++) {
      long effect = 10L * (i + 1);
      StoreOperation.Request request = request(i);
      String valueBefore = value;
      long versionBefore = version;
      StoreOperation.Answer answer = apply(request);
      boolean unknown = random.nextInt(4) == 0 && request.expectedVersion() < 0;
      if (unknown && random.nextBoolean()) { // it never happened
        value = valueBefore;
        version = versionBefore;
      }
      operations.add(
          new StoreOperation(
              i,
              request,
              effect - random.nextInt(25),
              unknown ? Long.MAX_VALUE : effect + random.nextInt(25),
              unknown ? StoreOperation.Answer.of(StoreOutcome.BROKEN) : answer));
    }
    if (random.nextBoolean()) {
      spoil(operations);
    }
    return new StoreKeyHistory(
        counts ? StoreKey.counter("tiny") : StoreKey.register("tiny"), operations);
  }

  private StoreOperation.Request request(int number) {
    long any = StoreOperation.ANY_VERSION;
    return switch (random.nextInt(6)) {
      case 0 -> new StoreOperation.Request(number, StoreKind.DELETE, 0, "", any, 0);
      case 1, 2 -> new StoreOperation.Request(number, StoreKind.GET, 0, "", any, 0);
      case 3 ->
          counts
              ? new StoreOperation.Request(number, StoreKind.INCREMENT, 0, "", any, 0)
              : new StoreOperation.Request(
                  number,
                  StoreKind.CAS,
                  0,
                  "v" + number,
                  random.nextBoolean() ? version : random.nextInt((int) revision + 1),
                  0);
      default ->
          counts
              ? new StoreOperation.Request(number, StoreKind.INCREMENT, 0, "", any, 0)
              : new StoreOperation.Request(number, StoreKind.PUT, 0, "v" + number, any, 0);
    };
  }

  private StoreOperation.Answer apply(StoreOperation.Request request) {
    boolean absent = value.isEmpty();
    switch (request.kind()) {
      case GET:
        return absent
            ? StoreOperation.Answer.of(StoreOutcome.ABSENT)
            : StoreOperation.Answer.found(version, value);
      case DELETE:
        if (absent) {
          return StoreOperation.Answer.of(StoreOutcome.ABSENT);
        }
        value = "";
        version = 0;
        return StoreOperation.Answer.deleted(nextRevision());
      case INCREMENT:
        value = Long.toString(1 + (absent ? 0 : Long.parseLong(value)));
        version = nextRevision();
        return StoreOperation.Answer.counted(version, absent, value);
      default:
        if (request.expectedVersion() >= 0 && request.expectedVersion() != version) {
          return StoreOperation.Answer.mismatch(version);
        }
        value = request.value();
        version = nextRevision();
        return StoreOperation.Answer.stored(version, absent);
    }
  }

  /** Other keys of the shard take revisions, too. */
  private long nextRevision() {
    revision += 1 + random.nextInt(2);
    return revision;
  }

  private void spoil(List<StoreOperation> operations) {
    int number = random.nextInt(operations.size());
    StoreOperation right = operations.get(number);
    StoreOperation.Answer answer = right.answer();
    if (!answer.outcome().isDefinite()) {
      return;
    }
    StoreOperation other = operations.get(random.nextInt(operations.size()));
    StoreOperation.Answer wrong =
        switch (random.nextInt(3)) {
          case 0 ->
              new StoreOperation.Answer(
                  answer.outcome(),
                  other.version() > 0 ? other.version() : 1 + random.nextInt(6),
                  answer.value(),
                  answer.created(),
                  0);
          case 1 ->
              new StoreOperation.Answer(
                  answer.outcome(), answer.version(), answer.value(), !answer.created(), 0);
          default ->
              right.kind() == StoreKind.GET && !other.answer().value().isEmpty()
                  ? StoreOperation.Answer.found(other.version(), other.answer().value())
                  : right.kind() == StoreKind.GET
                      ? StoreOperation.Answer.of(StoreOutcome.ABSENT)
                      : answer;
        };
    boolean counterless = right.kind() == StoreKind.GET || right.kind() == StoreKind.DELETE;
    boolean absent = wrong.outcome() == StoreOutcome.ABSENT;
    operations.set(
        number,
        new StoreOperation(
            number,
            right.request(),
            right.sentNanos(),
            right.answeredNanos(),
            new StoreOperation.Answer(
                wrong.outcome(),
                absent ? 0 : wrong.version(),
                wrong.value(),
                !counterless && wrong.created(),
                0)));
  }
}
