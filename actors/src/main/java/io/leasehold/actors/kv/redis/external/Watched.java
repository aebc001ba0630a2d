package io.leasehold.actors.kv.redis.external;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Commands that were let in: tells the circuit what becomes of them, and gives their room back
 * once. Safe for any thread.
 */
final class Watched implements Asked.Watch {
  private final Circuit circuit;
  private final Room room;
  private final int commands;
  private final long bytes;
  private final AtomicBoolean given = new AtomicBoolean();

  /** Takes over the room of so many commands. */
  Watched(Circuit circuit, Room room, int commands, long bytes) {
    this.circuit = circuit;
    this.room = room;
    this.commands = commands;
    this.bytes = bytes;
  }

  /** Gives the room back if nothing was sent, for whatever reason. */
  <T> CompletionStage<T> around(CompletionStage<T> sending) {
    return sending.exceptionallyCompose(
        failure -> {
          gone();
          return CompletableFuture.failedFuture(failure);
        });
  }

  @Override
  public void answered() {
    circuit.succeeded();
  }

  @Override
  public void late(Duration patience) {
    circuit.failed(new IOException("no answer within " + patience.toMillis() + " ms"));
  }

  @Override
  public void gone() {
    if (given.compareAndSet(false, true)) {
      room.give(commands, bytes);
    }
  }
}
