package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/**
 * A key as a snapshot has it. Immutable.
 *
 * @param deadlineMillis from then on it is dead; 0 = it never dies
 * @param parts the string; names and values of a hash in turn; elements; members: in their order,
 *     which cursors of scans rely on
 */
public record KeyImage(Bytes key, long deadlineMillis, ValueType type, List<Bytes> parts) {
  public KeyImage {
    parts = List.copyOf(parts);
    boolean whole =
        switch (type) {
          case STRING -> parts.size() == 1;
          case HASH -> !parts.isEmpty() && parts.size() % 2 == 0;
          case LIST, SET -> !parts.isEmpty();
        };
    if (!whole) {
      throw new IllegalArgumentException(
          "parts of " + key + " = " + parts.size() + ": not what a " + type.text() + " has");
    }
  }
}
