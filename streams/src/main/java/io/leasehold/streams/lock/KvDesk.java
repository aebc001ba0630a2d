package io.leasehold.streams.lock;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.kv.KvOrder;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.KvAnswerWriter;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.RequestReader;
import io.leasehold.streams.lock.wire.WireError;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a connection does with a request to the store: checks it, sends it to its shard when its
 * turn has come, and answers. Confined to the stage of its connection.
 */
final class KvDesk {
  private static final Logger LOG = LoggerFactory.getLogger(KvDesk.class);

  /** Accounted for a request besides what it brings. */
  private static final int OVERHEAD_BYTES = 256;

  private static final long NANOS_A_MILLI = 1_000_000;

  /** How the desk of the connection lets answers go. */
  interface Answers {
    void error(AnswerQueue.Slot slot, WireError error, long now);

    void done(AnswerQueue.Slot slot, AnswerWriter.Status status, long now);
  }

  private final KvDoor door;
  private final LockDoor port;
  private final ConnectionEntry entry;
  private final Authenticator authenticator;
  private final AnswerQueue queue;
  private final Answers answers;
  private final Consumer<Runnable> later;
  private final KvOrder order = new KvOrder();
  private final long requestTimeoutNanos;

  /**
   * Opens the desk of one connection.
   *
   * @param later runs something in the stage of the connection, from any thread
   */
  KvDesk(
      KvDoor door,
      LockDoor port,
      ConnectionEntry entry,
      Authenticator authenticator,
      AnswerQueue queue,
      Answers answers,
      Consumer<Runnable> later) {
    this.door = door;
    this.port = port;
    this.entry = entry;
    this.authenticator = authenticator;
    this.queue = queue;
    this.answers = answers;
    this.later = later;
    this.requestTimeoutNanos = port.rules().requestTimeout().toNanos();
  }

  /**
   * Takes a request whose id and action are in order.
   *
   * @param headerKey of an HTTP head, null without one
   */
  void request(RequestReader reader, @Nullable String headerKey, long now) {
    Action action = reader.action();
    CompletionStage<RateDecision> limit = null;
    var error = authenticator.checkStore(reader, headerKey, door.keyRequired());
    if (error == null) {
      var wrongScope = reader.kv().decodeScope(action);
      error = wrongScope == null ? outside(reader.kv().scope(action)) : null;
      limit = error == null ? door.limit().take(authenticator.caller(), entry.address()) : null;
      var decision = limit == null ? null : limit.toCompletableFuture().getNow(null);
      if (decision != null) {
        error = refusal(decision);
        limit = null; // nothing to wait for
      }
      error = error != null ? error : wrongScope;
    }
    error = error != null ? error : reader.kv().decodeRest(action);
    var slot = queue.open(reader.id(), error == null, false, now);
    slot.action = action;
    slot.deadlineNanos = now + requestTimeoutNanos;
    if (error != null) {
      answers.error(slot, error, now);
      return;
    }
    var caller = caller(slot, reader.kv().consistency());
    if (action == Action.KV_LIST) {
      list(slot, reader.kv().listQuery(), caller, limit);
    } else {
      operate(slot, reader.kv().operation(), caller, limit);
    }
  }

  private @Nullable WireError outside(Bytes keyOrPrefix) {
    var caller = door.keyRequired() ? authenticator.caller() : null;
    return caller == null || caller.mayTouch(keyOrPrefix)
        ? null
        : WireError.forbidden("this API key does not open " + WireError.shown(keyOrPrefix.text()));
  }

  private static @Nullable WireError refusal(RateDecision decision) {
    long millis = (decision.retryInNanos() + NANOS_A_MILLI - 1) / NANOS_A_MILLI;
    return decision.admitted() ? null : WireError.rateLimited(Math.max(1, millis));
  }

  private KvStore.Caller caller(AnswerQueue.Slot slot, KvStore.Consistency consistency) {
    return new KvStore.Caller("lock-" + entry.id() + "-" + slot.sequence(), consistency, false);
  }

  private void operate(
      AnswerQueue.Slot slot,
      KvOperation operation,
      KvStore.Caller caller,
      @Nullable CompletionStage<RateDecision> limit) {
    // the answer to a read may be as long as a line, the others are short
    int answer = operation.isRead() ? WireError.MAX_LINE_BYTES : 0;
    queue.hold(slot, (int) operation.weight() + answer + OVERHEAD_BYTES);
    long sequence = slot.sequence();
    if (limit != null) {
      order.submit(
          operation.key(),
          KvOrder.Kind.ALONE,
          () -> {
            limit.thenAccept(
                decision -> later.accept(() -> decided(sequence, operation, caller, decision)));
            return true;
          });
    } else {
      order.submit(
          operation.key(),
          operation.isRead() ? KvOrder.Kind.READ : KvOrder.Kind.WRITE,
          () -> start(sequence, operation, caller));
    }
  }

  private void decided(
      long sequence, KvOperation operation, KvStore.Caller caller, RateDecision decision) {
    var refusal = refusal(decision);
    var slot = queue.at(sequence);
    if (slot != null && refusal != null) {
      answers.error(slot, refusal, port.clock().nanos());
    }
    if (refusal != null || !start(sequence, operation, caller)) {
      order.finished(operation.key());
    }
  }

  private boolean start(long sequence, KvOperation operation, KvStore.Caller caller) {
    if (queue.at(sequence) == null) {
      return false; // its time ran out before its turn came
    }
    Bytes key = operation.key();
    door.store()
        .run(operation, caller)
        .exceptionally(failure -> failed(caller, failure))
        .thenAccept(result -> later.accept(() -> answer(sequence, key, result)));
    return true;
  }

  /** The store promises not to fail; if it does, whoever asked is told that much. */
  private static KvResult.Unavailable failed(KvStore.Caller caller, Throwable failure) {
    LOG.error("request {} to the store failed", caller.correlationId(), failure);
    return new KvResult.Unavailable(
        "unexpected failure, reference " + caller.correlationId(), true);
  }

  private void answer(long sequence, Bytes key, KvResult result) {
    var slot = queue.at(sequence);
    if (slot != null) {
      long now = port.clock().nanos();
      LineBuffer out = queue.begin(slot);
      int before = out.size();
      var status = KvAnswerWriter.answer(out, result, slot.id);
      if (status == null) {
        answers.error(slot, KvAnswerWriter.errorOf(result), now);
      } else {
        queue.hold(slot, out.size() - before);
        answers.done(slot, status, now);
      }
    }
    order.finished(key);
  }

  private void list(
      AnswerQueue.Slot slot,
      KvStore.ListQuery query,
      KvStore.Caller caller,
      @Nullable CompletionStage<RateDecision> limit) {
    queue.expectPage(slot);
    queue.hold(slot, WireError.MAX_LINE_BYTES);
    long sequence = slot.sequence();
    if (limit != null) {
      limit.thenAccept(decision -> later.accept(() -> decided(sequence, query, caller, decision)));
    } else {
      list(sequence, query, caller);
    }
  }

  private void decided(
      long sequence, KvStore.ListQuery query, KvStore.Caller caller, RateDecision decision) {
    var slot = queue.at(sequence);
    var refusal = refusal(decision);
    if (slot != null && refusal != null) {
      answers.error(slot, refusal, port.clock().nanos());
    } else if (slot != null) {
      list(sequence, query, caller);
    }
  }

  private void list(long sequence, KvStore.ListQuery query, KvStore.Caller caller) {
    door.store()
        .list(query, caller)
        .exceptionally(
            failure ->
                new KvStore.Listed(List.of(), List.of(), false, null, failed(caller, failure)))
        .thenAccept(page -> later.accept(() -> listed(sequence, query, page)));
  }

  private void listed(long sequence, KvStore.ListQuery query, KvStore.Listed page) {
    var slot = queue.at(sequence);
    if (slot == null) {
      return;
    }
    long now = port.clock().nanos();
    var error =
        KvAnswerWriter.list(queue.begin(slot), page, query.prefix(), query.keysOnly(), slot.id);
    if (error == null) {
      answers.done(slot, AnswerWriter.Status.SUCCESS, now);
    } else {
      answers.error(slot, error, now);
    }
  }
}
