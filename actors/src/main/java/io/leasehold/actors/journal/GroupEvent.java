package io.leasehold.actors.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One committed group of changes, as it stands in the journal.
 *
 * <p>Stored by {@link JournalSerializer}; the class name is not part of what is stored.
 */
final class GroupEvent {
  private final long firstNumber;
  private final int count;
  private final byte[] bytes;

  /** The changes themselves while they are fresh; not stored. */
  private final transient @Nullable List<?> changes;

  /**
   * @param firstNumber number of the first change; the others follow without gaps
   */
  GroupEvent(long firstNumber, int count, byte[] bytes, @Nullable List<?> changes) {
    this.firstNumber = firstNumber;
    this.count = count;
    this.bytes = bytes;
    this.changes = changes;
  }

  long firstNumber() {
    return firstNumber;
  }

  int count() {
    return count;
  }

  long lastNumber() {
    return firstNumber + count - 1;
  }

  byte[] bytes() {
    return bytes;
  }

  /** The changes of this group; decoded if they come from the journal. */
  @SuppressWarnings("unchecked") // the writer that made this event put its own changes in
  <C> List<C> changes(GroupModel<C> model) {
    return changes == null ? model.decode(firstNumber, bytes) : (List<C>) changes;
  }
}
