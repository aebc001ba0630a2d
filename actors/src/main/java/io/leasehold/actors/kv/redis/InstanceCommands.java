package io.leasehold.actors.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Runs commands of one instance, wherever it is kept. Safe for any thread; nothing blocks, and no
 * stage fails.
 */
public interface InstanceCommands {
  /** Runs one command. */
  CompletionStage<EmbeddedInstances.Outcome> run(List<Bytes> command, Duration patience);

  /**
   * Runs commands one after another; others may come in between.
   *
   * @return in their order
   */
  CompletionStage<List<EmbeddedInstances.Outcome>> pipeline(
      List<List<Bytes>> commands, Duration patience);

  /** Runs commands as one: the reply is an array of theirs, or why none was run. */
  CompletionStage<EmbeddedInstances.Outcome> transaction(
      List<List<Bytes>> commands, Duration patience);

  /** Whether it is a Redis elsewhere: that knows more commands, and has bounds of its own. */
  boolean isExternal();
}
