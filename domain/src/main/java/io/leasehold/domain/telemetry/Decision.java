package io.leasehold.domain.telemetry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a message goes. Immutable; the same object for all messages that are decided alike. */
public final class Decision {
  private static final int NOT_CHANGED = -1;

  private final @Nullable DropReason reason;
  private final int[] targets;
  private final byte[] importance;
  private final @Nullable Change[] changes;
  private final boolean plain;

  private Decision(
      @Nullable DropReason reason, int[] targets, byte[] importance, @Nullable Change[] changes) {
    this.reason = reason;
    this.targets = targets;
    this.importance = importance;
    this.changes = changes;
    boolean asItIs = true;
    for (int i = 0; i < targets.length; i++) {
      asItIs &= importance[i] == NOT_CHANGED && changes[i] == null;
    }
    this.plain = asItIs;
  }

  static Decision none(DropReason reason) {
    return new Decision(reason, new int[0], new byte[0], new Change[0]);
  }

  static Decision of(List<Rule> rules) {
    int[] targets = new int[rules.size()];
    byte[] importance = new byte[rules.size()];
    @Nullable Change[] changes = new @Nullable Change[rules.size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = rules.get(i).target();
      importance[i] = (byte) rules.get(i).importance();
      changes[i] = rules.get(i).change();
    }
    return new Decision(null, targets, importance, changes);
  }

  /** How many copies. */
  public int size() {
    return targets.length;
  }

  /** The target of a copy. */
  public int target(int copy) {
    return targets[copy];
  }

  /** The importance of a copy; -1 = that of the message. */
  public int importance(int copy) {
    return importance[copy];
  }

  /** What is done to a copy, null = nothing. */
  public @Nullable Change change(int copy) {
    return changes[copy];
  }

  /** Whether all copies are as they were received. */
  public boolean isPlain() {
    return plain;
  }

  /** Why there is no copy at all; null if there is one. */
  public @Nullable DropReason reason() {
    return reason;
  }
}
