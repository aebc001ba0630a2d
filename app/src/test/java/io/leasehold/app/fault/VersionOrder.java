package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one key that are known, in the order of their versions: those acknowledged, and
 * those of unknown outcome that somebody saw. Finds on the way what contradicts itself whatever the
 * order.
 */
final class VersionOrder {
  private final StoreKeyHistory history;
  private final String check;
  private final TreeMap<Long, StoreChange> changes = new TreeMap<>();
  private final Map<String, StoreOperation> writers = new HashMap<>();
  private final Map<Integer, Long> seenAt = new HashMap<>();
  private final List<StoreViolation> violations = new ArrayList<>();

  /**
   * @param check in whose name contradictions are reported
   */
  VersionOrder(StoreKeyHistory history, String check) {
    this.history = history;
    this.check = check;
    for (StoreOperation each : history.operations()) {
      if (!each.request().value().isEmpty()) {
        writers.put(each.request().value(), each);
      }
      if (each.isChange()) {
        acknowledged(each);
      }
    }
    for (StoreOperation each : history.operations()) {
      if (each.kind() == StoreKind.GET && each.outcome() == StoreOutcome.DONE) {
        read(each);
      }
    }
    for (StoreOperation each : history.operations()) {
      if (each.outcome() == StoreOutcome.MISMATCH && each.version() > 0) {
        StoreChange change = changes.get(each.version());
        if (each.version() == each.request().expectedVersion()) {
          violation("the version asked for is the present one", each, null);
        } else if (change == null) {
          changes.put(each.version(), new StoreChange(each.version(), null, null));
        } else if (!change.isPresent()) {
          violation("a deleted version is told as the present one", each, change.operation());
        }
      }
    }
  }

  private void violation(String what, StoreOperation one, @Nullable StoreOperation other) {
    violations.add(
        other == null
            ? StoreViolation.of(check, history.key(), what, one)
            : StoreViolation.of(check, history.key(), what, other, one));
  }

  private void acknowledged(StoreOperation operation) {
    var change = new StoreChange(operation.version(), operation, operation.written());
    StoreChange twin = changes.putIfAbsent(operation.version(), change);
    if (twin != null) {
      violation("version " + operation.version() + " came twice", operation, twin.operation());
    }
  }

  private void read(StoreOperation read) {
    StoreChange change = changes.get(read.version());
    String value = read.answer().value();
    if (change != null) {
      if (!value.equals(change.value())) {
        violation(
            "version " + read.version() + " is read with another value", read, change.operation());
      }
      return;
    }
    if (history.key().type() == StoreKey.Type.COUNTER) {
      changes.put(read.version(), new StoreChange(read.version(), null, value));
      return;
    }
    StoreOperation writer = writers.get(value);
    if (writer == null) {
      violation("a value is read that nobody wrote", read, null);
    } else if (writer.isOpenWrite()) {
      Long other = seenAt.putIfAbsent(writer.number(), read.version());
      if (other != null) {
        violation("one write is read with two versions, also " + other, read, writer);
      }
      changes.put(read.version(), new StoreChange(read.version(), writer, value));
    } else {
      violation(
          writer.outcome() == StoreOutcome.DONE
              ? "a write is read with another version than it was acknowledged with"
              : "a write is read that was refused",
          read,
          writer);
    }
  }

  List<StoreViolation> violations() {
    return List.copyOf(violations);
  }

  /** By rising version. */
  List<StoreChange> changes() {
    return List.copyOf(changes.values());
  }

  /**
   * When writes were sent of which nobody knows whether and where they stand in the order,
   * ascending.
   *
   * @param deletes those, or all others
   */
  long[] unplacedNanos(boolean deletes) {
    Set<Integer> placed = new HashSet<>();
    for (StoreChange change : changes.values()) {
      if (change.operation() != null) {
        placed.add(change.operation().number());
      }
    }
    return history.operations().stream()
        .filter(StoreOperation::isOpenWrite)
        .filter(each -> (each.kind() == StoreKind.DELETE) == deletes)
        .filter(each -> !placed.contains(each.number()))
        .mapToLong(StoreOperation::sentNanos)
        .toArray();
  }
}
