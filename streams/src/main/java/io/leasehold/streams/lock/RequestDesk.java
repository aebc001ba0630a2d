package io.leasehold.streams.lock;

import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.streams.kv.KvDoor;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.RequestId;
import io.leasehold.streams.lock.wire.RequestReader;
import io.leasehold.streams.lock.wire.WireError;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What a connection does with a request: checks it, answers it or sends it to the actor of its key,
 * and takes what comes back. Knows nothing of sockets; confined to the stage of its connection.
 */
final class RequestDesk {
  private final LockDoor door;
  private final ConnectionEntry entry;
  private final AnswerQueue queue;
  private final Deliveries deliveries;
  private final Consumer<Runnable> later;
  private final RequestReader reader = new RequestReader();
  private final LateGrants late = new LateGrants();
  private final OpenRequests open;
  private final Authenticator authenticator;
  private final @Nullable KvDesk kv;
  private final long requestTimeoutNanos;
  private boolean overHttp;
  private @Nullable String headerKey;
  private int received;
  private @Nullable Action lastAction;
  private int lastHttpStatus = 200;

  /**
   * Opens the desk of one connection.
   *
   * @param later runs something in the stage of the connection, from any thread
   */
  RequestDesk(
      LockDoor door,
      ConnectionEntry entry,
      LineBuffer out,
      ActorRef<LockReplies> replyTo,
      Consumer<Runnable> later) {
    this.door = door;
    this.entry = entry;
    this.queue = new AnswerQueue(out);
    this.deliveries = new Deliveries(door.locks().region(), replyTo);
    this.open = new OpenRequests(door.rules(), queue, deliveries, late, this::answerError);
    this.later = later;
    this.authenticator = new Authenticator(door.keys(), door.rules().authRequired(), entry);
    this.kv = kvDesk(door.kv());
    this.requestTimeoutNanos = door.rules().requestTimeout().toNanos();
  }

  private @Nullable KvDesk kvDesk(@Nullable KvDoor store) {
    var answers =
        new KvDesk.Answers() {
          @Override
          public void error(AnswerQueue.Slot slot, WireError error, long now) {
            answerError(slot, error, now);
          }

          @Override
          public void done(AnswerQueue.Slot slot, AnswerWriter.Status status, long now) {
            RequestDesk.this.done(slot, status, now);
          }
        };
    return store == null
        ? null
        : new KvDesk(store, door, entry, authenticator, queue, answers, later);
  }

  AnswerQueue queue() {
    return queue;
  }

  /** Whether another request may be taken before some are answered. */
  boolean hasRoom() {
    return queue.unanswered() < LockDoor.Rules.MAX_UNANSWERED
        && queue.pages() < LockDoor.Rules.MAX_PAGES
        && queue.heldBytes() < LockDoor.Rules.MAX_HELD_BYTES;
  }

  /** What has not been answered yet. */
  OpenRequests open() {
    return open;
  }

  /** From now on requests come over HTTP, the next one with this key in its header. */
  void overHttp(@Nullable String keyOfHeader) {
    overHttp = true;
    headerKey = keyOfHeader;
  }

  /** HTTP status of the last answer. */
  int lastHttpStatus() {
    return lastHttpStatus;
  }

  /** Too many wrong keys in a row: the connection is to be closed. */
  boolean isGuessing() {
    return authenticator.isGuessing();
  }

  /** Takes one line, or one body; blank lines are nothing. */
  void request(byte[] text, int from, int to, long now) {
    if (LineFeed.isBlank(text, from, to)) {
      return;
    }
    received++;
    WireError error = reader.read(text, from, to);
    error = error != null ? error : authenticator.check(reader, headerKey);
    if (error != null) {
      refuse(error, null, reader.id(), now);
      return;
    }
    error = reader.decodeAction();
    if (error != null) {
      refuse(error, null, reader.id(), now);
      return;
    }
    WireError closed = authenticator.checkLocks(reader, headerKey);
    Action action = reader.action();
    lastAction = action;
    door.traffic().recognised(action);
    error = closed == null && door.book().isDraining() ? WireError.draining() : closed;
    error = error != null ? error : reader.decodeMembers();
    error = error != null ? error : refusal(action);
    if (error != null) {
      refuse(error, action, reader.id(), now);
      return;
    }
    act(action, now);
  }

  /** A request that is refused before it is looked at. */
  void refuse(WireError error, long now) {
    received++;
    refuse(error, null, null, now);
  }

  private void refuse(WireError error, @Nullable Action action, @Nullable RequestId id, long now) {
    var slot = queue.open(id, false, false, now);
    slot.action = action;
    answerError(slot, error, now);
  }

  private @Nullable WireError refusal(Action action) {
    if (overHttp && (action == Action.AUTH || action == Action.CANCEL)) {
      return WireError.unsupportedOverHttp(action.wire());
    }
    var id = reader.id();
    boolean namesItsWait = action == Action.CANCEL && reader.target() == null;
    return id != null && !namesItsWait && queue.withId(id) != null ? WireError.duplicateId() : null;
  }

  private void act(Action action, long now) {
    switch (action) {
      case ACQUIRE, RELEASE, EXTEND, EXISTS, VERIFY, INSPECT -> operate(action, now);
      case FORCE_RELEASE -> forceRelease(now);
      case CANCEL -> cancel(now);
      case LIST -> list(now);
      case AUTH -> auth(now);
      case KV_GET, KV_PUT, KV_DELETE, KV_LIST -> {
        if (kv == null) {
          refuse(WireError.unavailable("this port has no store", false), action, reader.id(), now);
        } else {
          kv.request(reader, headerKey, now);
        }
      }
      case PING -> {
        var slot = open(action, now);
        var identity = door.identity();
        AnswerWriter.ping(
            queue.begin(slot), identity.version(), identity.node(), identity.durability(), slot.id);
        done(slot, AnswerWriter.Status.SUCCESS, now);
      }
      case STATS -> {
        flushCounts(now, 0);
        var slot = open(action, now);
        AnswerWriter.stats(queue.begin(slot), door.stats().get(), slot.id);
        done(slot, AnswerWriter.Status.SUCCESS, now);
      }
    }
  }

  private AnswerQueue.Slot open(Action action, long now) {
    var slot = queue.open(reader.id(), true, false, now);
    slot.action = action;
    slot.deadlineNanos = now + requestTimeoutNanos;
    return slot;
  }

  private void operate(Action action, long now) {
    LockOperation operation = reader.operation();
    long wait = operation instanceof LockOperation.Acquire acquire ? acquire.waitMillis() : 0;
    var slot = queue.open(reader.id(), true, wait > 0, now);
    slot.action = action;
    slot.key = reader.key();
    slot.deadlineNanos = now + requestTimeoutNanos + wait * 1_000_000;
    slot.operation = operation;
    slot.wait = wait > 0 ? (LockOperation.Acquire) operation : null;
    if (action == Action.INSPECT) {
      queue.expectPage(slot);
    }
    door.keySeen().accept(slot.key);
    deliveries.add(slot.key, slot.sequence(), operation);
  }

  private void cancel(long now) {
    var named = reader.target();
    var own = reader.id();
    RequestId target = named == null ? own : named;
    var slot = queue.open(named == null ? null : own, true, false, now);
    slot.action = Action.CANCEL;
    slot.target = target;
    slot.deadlineNanos = now + requestTimeoutNanos;
    var wait = target == null ? null : queue.withId(target);
    if (wait == null || !wait.isWait) {
      answer(slot, LockAnswer.Refused.NOT_WAITING, null, now);
    } else {
      wait.wait = null; // a confirmation behind the cancel would bring it back
      deliveries.cancel(wait.key, wait.sequence(), slot.sequence());
    }
  }

  /** Not by way of the connection: it is recorded also if that ends meanwhile. */
  private void forceRelease(long now) {
    var slot = open(Action.FORCE_RELEASE, now);
    queue.expectPage(slot);
    long sequence = slot.sequence();
    deliveries.send(); // what was asked of the key before is decided before
    var caller = authenticator.caller();
    var order =
        new ForcedRelease.Order(
            reader.key(),
            ((LockOperation.ForceRelease) reader.operation()).token(),
            reader.reason(),
            caller == null ? "-" : caller.id(),
            entry.remote());
    door.releases()
        .carryOut(order)
        .thenAccept(answer -> later.accept(() -> released(sequence, answer)));
  }

  private void released(long sequence, LockAnswer answer) {
    var slot = queue.at(sequence);
    if (slot != null) {
      answer(slot, answer, null, door.clock().nanos());
    }
  }

  private void list(long now) {
    String after;
    try {
      after = new String(Base64.getUrlDecoder().decode(reader.cursor()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      refuse(reader.invalidCursor(), Action.LIST, reader.id(), now);
      return;
    }
    var slot = open(Action.LIST, now);
    queue.expectPage(slot);
    long sequence = slot.sequence();
    door.locks()
        .list(true, reader.prefix(), after, LockMonitor.KeyState.HELD, reader.pageSize(), 1, 0)
        .whenComplete((page, failure) -> later.accept(() -> listed(sequence, page, failure)));
  }

  private void listed(long sequence, LockMonitor.@Nullable Page page, @Nullable Throwable failure) {
    var slot = queue.at(sequence);
    long now = door.clock().nanos();
    if (slot == null) {
      return;
    }
    if (page == null) {
      answerError(slot, WireError.unavailable("keys could not be listed: " + failure, false), now);
      return;
    }
    String cursor = null;
    if (page.truncated() && !page.locks().isEmpty()) {
      String last = page.locks().get(page.locks().size() - 1).key();
      cursor =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(last.getBytes(StandardCharsets.UTF_8));
    }
    AnswerWriter.list(queue.begin(slot), page.locks(), cursor, slot.id);
    done(slot, AnswerWriter.Status.SUCCESS, now);
  }

  private void auth(long now) {
    var slot = open(Action.AUTH, now);
    var error = authenticator.authenticate(reader.apiKey());
    if (error != null) {
      answerError(slot, error, now);
      return;
    }
    AnswerWriter.authenticated(queue.begin(slot), authenticator.isAdmin(), slot.id);
    done(slot, AnswerWriter.Status.SUCCESS, now);
  }

  /** Takes answers of an actor. */
  void replies(LockReplies replies, long now) {
    for (int i = 0; i < replies.size(); i++) {
      var slot = queue.at(replies.sequence(i));
      if (slot == null) {
        tooLate(replies.sequence(i), replies.answer(i));
      } else if (!(replies.answer(i) instanceof LockAnswer.Moved) || !open.asksAgain(slot, now)) {
        answer(slot, replies.answer(i), replies.node(), now);
      }
    }
  }

  private void answer(AnswerQueue.Slot slot, LockAnswer answer, @Nullable String owner, long now) {
    if (slot.confirmed) {
      late.expectAnother(slot.sequence(), slot.key, answer);
    }
    LineBuffer to = queue.begin(slot);
    var target = slot.target;
    if (answer instanceof LockAnswer.WaitCancelled && target != null) {
      AnswerWriter.cancelled(to, target, slot.id);
      done(slot, AnswerWriter.Status.SUCCESS, now);
      return;
    }
    boolean here = owner == null || owner.equals(door.locks().lockAddress());
    var status = AnswerWriter.answer(to, answer, here ? null : owner, slot.id);
    lastHttpStatus = 200;
    if (status == AnswerWriter.Status.ERROR) {
      var code = AnswerWriter.errorCode(answer);
      if (code != null) {
        lastHttpStatus = code.httpStatus();
        door.traffic().error(code);
        entry.failed();
      }
    }
    done(slot, status, now);
  }

  private void answerError(AnswerQueue.Slot slot, WireError error, long now) {
    AnswerWriter.error(queue.begin(slot), error, slot.id);
    lastHttpStatus = error.code().httpStatus();
    door.traffic().error(error.code());
    entry.failed();
    queue.end(slot);
    door.traffic().answered(slot.action, AnswerWriter.Status.ERROR, now - slot.startedNanos);
  }

  private void done(AnswerQueue.Slot slot, AnswerWriter.Status status, long now) {
    if (status != AnswerWriter.Status.ERROR) {
      lastHttpStatus = 200;
    }
    door.traffic().answered(slot.action, status, slot.isWait ? -1 : now - slot.startedNanos);
    queue.end(slot);
  }

  private void tooLate(long sequence, LockAnswer answer) {
    if (answer instanceof LockAnswer.Granted granted) {
      var key = late.keyToGiveBack(sequence, granted);
      if (key != null) {
        deliveries.add(key, sequence, new LockOperation.GiveBack(granted.token()));
        deliveries.send();
      }
    }
  }

  /** After a chunk: requests leave for their actors, figures for monitoring. */
  void flush(long now, int bytes) {
    deliveries.send();
    flushCounts(now, bytes);
  }

  /** After anything that happened: what is under way, for monitoring. */
  void showLoad() {
    entry.load(queue.unanswered(), queue.waits());
  }

  private void flushCounts(long now, int bytes) {
    if (received > 0 || bytes > 0) {
      entry.received(now, received, bytes, lastAction);
      door.traffic().lines(received);
      received = 0;
    }
  }
}
