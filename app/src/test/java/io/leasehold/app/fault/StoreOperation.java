package io.leasehold.app.fault;

/**
 * One request to the store and what came of it. Times as in {@link Operation}.
 *
 * @param request what was asked
 * @param sentNanos taken before the first byte left
 * @param answeredNanos taken after the last byte came, or when the client gave up; {@link
 *     Long#MAX_VALUE} while there is neither
 * @param answer what was told
 */
record StoreOperation(
    int number, Request request, long sentNanos, long answeredNanos, Answer answer) {
  /** Names no version. */
  static final long ANY_VERSION = -1;

  /**
   * What a client asked.
   *
   * @param key its number in the history
   * @param value written by a put or cas, different from all others; else empty
   * @param expectedVersion of a cas, 0 = absent; else {@link #ANY_VERSION}
   * @param token of the lock, 0 = not guarded
   */
  record Request(
      int client, StoreKind kind, int key, String value, long expectedVersion, long token) {}

  /**
   * What a client was told.
   *
   * @param version of the entry found or of the change made; of a mismatch the present one; 0 =
   *     absent, or not told
   * @param value found, or counted
   * @param created as told of a write
   * @param newestToken as told of a stale one
   */
  record Answer(
      StoreOutcome outcome, long version, String value, boolean created, long newestToken) {
    static final Answer NONE = of(StoreOutcome.PENDING);

    static Answer of(StoreOutcome outcome) {
      return new Answer(outcome, 0, "", false, 0);
    }

    static Answer found(long version, String value) {
      return new Answer(StoreOutcome.DONE, version, value, false, 0);
    }

    static Answer stored(long version, boolean created) {
      return new Answer(StoreOutcome.DONE, version, "", created, 0);
    }

    static Answer counted(long version, boolean created, String value) {
      return new Answer(StoreOutcome.DONE, version, value, created, 0);
    }

    static Answer deleted(long version) {
      return new Answer(StoreOutcome.DONE, version, "", false, 0);
    }

    static Answer mismatch(long version) {
      return new Answer(StoreOutcome.MISMATCH, version, "", false, 0);
    }

    static Answer stale(long newestToken) {
      return new Answer(StoreOutcome.STALE_FENCE, 0, "", false, newestToken);
    }
  }

  StoreKind kind() {
    return request.kind();
  }

  StoreOutcome outcome() {
    return answer.outcome();
  }

  long version() {
    return answer.version();
  }

  long token() {
    return request.token();
  }

  boolean isWrite() {
    return kind() != StoreKind.GET;
  }

  /** A change that was acknowledged. */
  boolean isChange() {
    return isWrite() && outcome() == StoreOutcome.DONE;
  }

  /** A change that may have been made. */
  boolean isOpenWrite() {
    return isWrite() && outcome().isOpen();
  }

  /** The value that the key had after this change as far as it is known; empty after a delete. */
  String written() {
    return kind() == StoreKind.INCREMENT ? answer.value() : request.value();
  }

  @Override
  public String toString() {
    var text = new StringBuilder("#").append(number);
    text.append(" client ").append(request.client()).append(' ').append(kind());
    if (!request.value().isEmpty()) {
      text.append(" value ").append(request.value());
    }
    if (request.expectedVersion() >= 0) {
      text.append(" if version ").append(request.expectedVersion());
    }
    if (request.token() > 0) {
      text.append(" token ").append(request.token());
    }
    text.append(" sent ").append(Operation.time(sentNanos)).append(' ').append(outcome());
    if (answer.version() > 0) {
      text.append(answer.created() ? " created" : "").append(" version ").append(answer.version());
    }
    if (!answer.value().isEmpty()) {
      text.append(" value ").append(answer.value());
    }
    if (answer.newestToken() > 0) {
      text.append(" newest token ").append(answer.newestToken());
    }
    return text.append(" at ").append(Operation.time(answeredNanos)).toString();
  }
}
