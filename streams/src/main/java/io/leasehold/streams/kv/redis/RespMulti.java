package io.leasehold.streams.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.domain.access.KeyRules;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands of one connection that are about transactions. Confined to its stage. */
final class RespMulti {
  /** What belongs to the connection, and cannot be part of a transaction. */
  private static final Set<String> OF_CONNECTION =
      Set.of(
          "AUTH",
          "HELLO",
          "SELECT",
          "CLIENT",
          "COMMAND",
          "CONFIG",
          "SUBSCRIBE",
          "PSUBSCRIBE",
          "UNSUBSCRIBE",
          "PUNSUBSCRIBE",
          "MONITOR");

  private final RespSession session;
  private final RespDoor door;
  private final RespBatches batches;
  private final ReplyQueue replies;
  private final RespPeer peer;
  private final RespTransaction transaction = new RespTransaction();

  RespMulti(
      RespSession session, RespDoor door, RespBatches batches, ReplyQueue replies, RespPeer peer) {
    this.session = session;
    this.door = door;
    this.batches = batches;
    this.replies = replies;
    this.peer = peer;
  }

  boolean isOpen() {
    return transaction.isOpen();
  }

  /** Forgets what was queued and what is watched. */
  void clear() {
    transaction.clear();
    peer.queued(-1);
  }

  /** Takes a command into the transaction that is open. */
  void queue(String name, List<Bytes> command, ReplyQueue.Slot slot) {
    Reply.Failure no = whyNotQueued(name, command);
    if (no != null) {
      transaction.discard();
      replies.fill(slot, no);
    } else {
      peer.queued(transaction.commands().size());
      replies.fill(slot, new Reply.Simple("QUEUED"));
    }
  }

  private Reply.@Nullable Failure whyNotQueued(String name, List<Bytes> command) {
    RespUser who = session.user();
    if (who == null || OF_CONNECTION.contains(name)) {
      return new Reply.Failure("ERR Command not allowed inside a transaction");
    }
    Reply.Failure no = session.whyNot(who, command);
    if (no == null) {
      no = door.rules().refusal(command);
    }
    if (no == null
        && !transaction.add(
            command,
            door.rules().maxCommands(),
            door.rules().maxCommand(),
            EmbeddedInstances.MAX_WEIGHT)) {
      no = new Reply.Failure(session.tooLarge());
    }
    return no;
  }

  /** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
  void take(String name, List<Bytes> command, ReplyQueue.Slot slot) {
    if (name.equals("WATCH") ? command.size() < 2 : command.size() != 1) {
      transaction.discard();
      replies.fill(slot, RespAnswers.arity(name.toLowerCase(Locale.ROOT)));
      return;
    }
    switch (name) {
      case "MULTI" -> begin(slot);
      case "EXEC" -> exec(slot);
      case "WATCH" -> watch(command.subList(1, command.size()), slot);
      case "UNWATCH" -> unwatch(slot);
      default -> discard(slot);
    }
  }

  private void begin(ReplyQueue.Slot slot) {
    if (transaction.isOpen()) {
      session.fail(slot, "ERR MULTI calls can not be nested");
    } else {
      transaction.begin();
      peer.queued(0);
      replies.fill(slot, Replies.OK);
    }
  }

  private void discard(ReplyQueue.Slot slot) {
    if (transaction.isOpen()) {
      clear();
      replies.fill(slot, Replies.OK);
    } else {
      session.fail(slot, "ERR DISCARD without MULTI");
    }
  }

  private void exec(ReplyQueue.Slot slot) {
    RespUser who = session.user();
    if (!transaction.isOpen() || who == null) {
      session.fail(slot, "ERR EXEC without MULTI");
      return;
    }
    if (transaction.isDiscarded()) {
      session.fail(slot, "EXECABORT Transaction discarded because of previous errors.");
    } else if (transaction.commands().isEmpty()) {
      replies.fill(slot, Replies.EMPTY);
    } else {
      batches.transaction(
          session.target(who),
          List.copyOf(transaction.commands()),
          List.copyOf(transaction.watched()),
          slot);
    }
    clear();
  }

  /** Within a transaction it would have no effect before its end, and has none then. */
  private void unwatch(ReplyQueue.Slot slot) {
    if (!transaction.isOpen()) {
      transaction.unwatch();
    }
    replies.fill(slot, Replies.OK);
  }

  private void watch(List<Bytes> keys, ReplyQueue.Slot slot) {
    RespUser who = session.user();
    if (transaction.isOpen() || who == null) {
      session.fail(slot, "ERR WATCH inside MULTI is not allowed");
      return;
    }
    Reply.Failure no = session.denied(who, KeyRules.watch(who.grant(), keys), "watch");
    if (no != null) {
      replies.fill(slot, no);
    } else if (!transaction.mayWatch(keys)) {
      session.fail(slot, "ERR too many watched keys, at most " + RespTransaction.MAX_WATCHED);
    } else {
      // what this connection has sent before must not touch them afterwards
      session.whenIdle(() -> look(who, keys, slot));
    }
  }

  private void look(RespUser who, List<Bytes> keys, ReplyQueue.Slot slot) {
    session.await();
    door.versions()
        .look(who.instance().id(), keys, door.rules().commandTimeout())
        .exceptionally(failure -> Optional.empty())
        .thenAccept(seen -> session.later(() -> watched(seen, slot)));
  }

  private void watched(Optional<List<KvOperation.Commands.Watched>> seen, ReplyQueue.Slot slot) {
    session.goOn();
    if (seen.isEmpty()) {
      session.fail(slot, "ERR instance unavailable: its shard does not answer");
    } else {
      transaction.watch(seen.get());
      replies.fill(slot, Replies.OK);
    }
  }
}
