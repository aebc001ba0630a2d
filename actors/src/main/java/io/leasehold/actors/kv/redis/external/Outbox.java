package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.socket.SocketLoop;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Commands on their way to a connection. What one turn of a loop has for it leaves in one go when
 * the turn ends: each go wakes the thread of the connection, and is a call of the system for us and
 * for the instance. What comes from other threads leaves at once. Commands of one thread leave in
 * their order. Safe for any thread.
 */
final class Outbox {
  private final Consumer<List<AsyncCommand<byte[], byte[], Reply>>> wire;

  /** Each is touched by the thread of its loop only. */
  private final ConcurrentHashMap<SocketLoop, Turn> turns = new ConcurrentHashMap<>();

  /** What is still to leave. */
  private static final class Turn {
    List<AsyncCommand<byte[], byte[], Reply>> commands = new ArrayList<>();
  }

  /**
   * @param wire sends commands behind one another, and never throws: each of them is told what
   *     became of it
   */
  Outbox(Consumer<List<AsyncCommand<byte[], byte[], Reply>>> wire) {
    this.wire = wire;
  }

  /** Sends commands, not interrupted by others. */
  void send(List<AsyncCommand<byte[], byte[], Reply>> commands) {
    SocketLoop loop = SocketLoop.current();
    if (loop == null) {
      wire.accept(commands);
      return;
    }
    Turn turn = turns.computeIfAbsent(loop, each -> new Turn());
    if (turn.commands.isEmpty()) {
      loop.atEndOfTurn(() -> leave(turn));
    }
    turn.commands.addAll(commands);
  }

  private void leave(Turn turn) {
    var all = turn.commands;
    turn.commands = new ArrayList<>(); // before: whoever hears that one failed may send again
    wire.accept(all);
  }
}
