package io.leasehold.actors.lock;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a key was asked before its actor knew what is held. Confined to that actor. */
final class EarlyMessages {
  /** More than a key is asked while its journal is read once; the rest is turned away. */
  private static final int MAX = 256;

  private final List<LockActor.Command> kept = new ArrayList<>(2);

  /** Returns false if there is no room. */
  boolean keep(LockActor.Command command) {
    return kept.size() < MAX && kept.add(command);
  }

  /** In the order in which they came. */
  void replay(Consumer<LockActor.Deliver> deliver, Consumer<LockActor.Cancel> cancel) {
    for (LockActor.Command command : kept) {
      if (command instanceof LockActor.Deliver delivered) {
        deliver.accept(delivered);
      } else if (command instanceof LockActor.Cancel cancelled) {
        cancel.accept(cancelled);
      }
    }
  }
}
