package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.socket.SocketLoop;
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
  private final Consumer<List<Sent>> wire;

  /** Each is touched by the thread of its loop only. */
  private final ConcurrentHashMap<SocketLoop, Turn> turns = new ConcurrentHashMap<>();

  /** What is still to leave. */
  private static final class Turn {
    List<Sent> commands = new ArrayList<>();
  }

  /**
   * @param wire sends commands behind one another, and never throws: each of them is told what
   *     became of it
   */
  Outbox(Consumer<List<Sent>> wire) {
    this.wire = wire;
  }

  /** Sends commands, not interrupted by others. */
  void send(List<Sent> commands) {
    SocketLoop loop = SocketLoop.current();
    if (loop == null) {
      wire.accept(commands);
    } else {
      turn(loop).addAll(commands);
    }
  }

  /** Sends a command. */
  void send(Sent command) {
    SocketLoop loop = SocketLoop.current();
    if (loop == null) {
      wire.accept(List.of(command));
    } else {
      turn(loop).add(command);
    }
  }

  private List<Sent> turn(SocketLoop loop) {
    Turn known = turns.get(loop);
    Turn turn = known == null ? turns.computeIfAbsent(loop, each -> new Turn()) : known;
    if (turn.commands.isEmpty()) {
      loop.atEndOfTurn(() -> leave(turn));
    }
    return turn.commands;
  }

  private void leave(Turn turn) {
    var all = turn.commands;
    turn.commands = new ArrayList<>(); // before: whoever hears that one failed may send again
    wire.accept(all);
  }
}
