package io.leasehold.actors.telemetry;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Puts together what comes for the slots that a node owns. Bounds hold for the node, not for a
 * slot, so there is one of them on each. Safe for any thread, never waits.
 */
public interface TraceOwner {
  /**
   * Takes messages of a slot in; what there is no room for is lost, and noted.
   *
   * @param lines accepted lines, each with its line feed
   * @param lost traces of which messages were lost on their way here
   */
  void take(int slot, byte[] lines, List<String> lost);

  /** The document of a trace that is open or kept. */
  CompletionStage<Optional<String>> shown(String tid);

  /** Closes the traces of a slot: another node owns it from now on. */
  void moved(int slot);

  /** Whether there is nothing of a slot that could be shown. */
  CompletionStage<Boolean> isIdle(int slot);
}
